"""Measures: how well a table protects people and what it lost, whoever made it."""
