"""What the RFCs ask of a message, one file for each. Nothing here knows a view or writes the database."""
