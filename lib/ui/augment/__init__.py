"""What Augment is made of."""
