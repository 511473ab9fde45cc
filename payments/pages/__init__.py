"""How a customer sees what became of a payment."""
