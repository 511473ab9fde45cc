"""The launcher: two commands, every process, and what is left when they end."""
