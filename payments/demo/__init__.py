"""The sandbox's people, apps and a year of one person's life. Never in production."""
