"""How a customer sends money, and sees what became of it."""
