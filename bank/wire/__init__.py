"""How the API reads and writes bytes: strict in, exact out. No business word, no right, no status code."""
