"""What Generate is made of."""
