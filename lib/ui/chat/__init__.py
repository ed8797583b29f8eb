"""What the page Chat is made of: papers on the left, the conversation in the middle, where it stands on the right."""
