"""The doors of the authorization server, one file for each RFC. They speak RFC 6749 errors, not problems."""
