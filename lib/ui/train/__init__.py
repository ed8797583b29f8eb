"""What Train is made of."""
