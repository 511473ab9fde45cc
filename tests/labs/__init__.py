"""The labs: an attack passes what was written in a hurry, and neither a right fix nor the bank."""
