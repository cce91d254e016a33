"""What a quality report says, in each language."""
