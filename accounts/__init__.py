"""Bank accounts (never logins), the customers who hold them and the ledger of the money in them."""
