"""What contributors send: what they are told about it."""
