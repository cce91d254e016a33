"""The demo: generated cases, the files that describe them, and a walk through one pull."""
