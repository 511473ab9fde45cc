"""Moving money: orders, their states and their reasons."""
