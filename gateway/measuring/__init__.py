"""Measuring any file: how well it protects the people in it, and what that cost."""
