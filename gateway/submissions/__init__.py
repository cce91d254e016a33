"""Submissions: how a contributor's files come in, and what it is told about them."""
