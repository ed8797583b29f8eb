"""What the pages Runs and Run are made of."""
