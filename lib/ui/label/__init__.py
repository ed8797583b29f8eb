"""What Label is made of."""
