"""Client libraries of other people, unchanged, against the running bank."""
