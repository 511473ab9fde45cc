"""How a customer sees their accounts."""
