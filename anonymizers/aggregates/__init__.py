"""Aggregates around their noise: how far one unit moves them, and what noisy values say."""
