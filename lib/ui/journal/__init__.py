"""What Journal is made of."""
