"""Noise on integers: the mechanisms, what draws them, and how wide they are."""
