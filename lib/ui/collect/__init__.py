"""What Collect, the page of a datapoint and the page of those removed are made of."""
