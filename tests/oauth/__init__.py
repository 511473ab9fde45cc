"""The authorization server and the token check."""
