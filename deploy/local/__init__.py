"""The bank on one machine: real PostgreSQL, a real broker, TLS and every process, from two commands."""
