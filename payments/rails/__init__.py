"""Speaking with the rail: what is said, how it is signed, and what happens when nobody answers."""
