"""Who may do what: the vocabulary of rights and the door that enforces it."""
