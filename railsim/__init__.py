"""The rail simulator: somebody else's computer. It knows nothing of the bank but its public key."""
