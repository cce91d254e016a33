"""The store: what was declared, asked, released, logged."""
