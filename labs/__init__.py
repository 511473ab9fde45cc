"""Labs: small servers made in a hurry, the attack on each, and your turn; no part of the bank."""
