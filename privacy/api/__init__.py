"""How HTTP says it."""
