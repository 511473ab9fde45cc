"""What only a sandbox has."""
