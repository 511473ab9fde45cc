"""Personal data is unreadable in the database: a key ring, encrypted fields, an exact search."""
