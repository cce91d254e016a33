"""Ladders: how one column's values become coarser, level by level, up to `*`."""
