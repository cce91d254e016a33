"""The lake: what comes in, how it is kept, and what an extract may read of it."""
