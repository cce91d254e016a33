"""Aggregates: answers in numbers, noised, charged, kept, and released like extracts."""
