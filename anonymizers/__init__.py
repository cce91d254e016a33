"""Anonymizers: values, tables, ladders, keys and randomness handed in; pure."""
