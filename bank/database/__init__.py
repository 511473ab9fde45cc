"""Who may touch which table: the grants of the bank's PostgreSQL roles."""
