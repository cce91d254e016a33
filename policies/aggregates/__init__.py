"""What partners may ask in numbers: requests, their components, prices, and decisions."""
