"""What Audio is made of."""
