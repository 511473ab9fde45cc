"""What the bank's speed is, each number beside the limit it can be held against (`make bench`)."""
