"""What a page of statistics says, in each language."""
