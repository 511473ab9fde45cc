"""How HTTP says payments: /v1/payments."""
