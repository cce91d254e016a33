"""Linkage: who is probably one person, found on identifiers that never leave the gateway."""
