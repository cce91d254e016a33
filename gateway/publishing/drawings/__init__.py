"""Drawings of series: each shows its intervals, starts at zero, and says in words what it shows."""
