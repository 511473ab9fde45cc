"""What a developer sees of the sandbox in the portal."""
