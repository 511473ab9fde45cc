"""How HTTP says accounts: /v1/me and /v1/accounts."""
