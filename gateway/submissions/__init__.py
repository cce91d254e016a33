"""Submissions: how a contributor's files come in and become part of the lake."""
