"""What a stranger can build on the bank: nothing here imports the bank's own code."""
