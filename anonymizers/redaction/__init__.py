"""Redaction of free text: what stays, and what a placeholder stands for."""
