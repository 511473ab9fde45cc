"""Personal data is unreadable in the database: a key ring, encrypted fields, and an index for exact search."""
