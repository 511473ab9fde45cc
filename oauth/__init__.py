"""Identity and tokens: logins, apps, consents and grants; one file for each RFC feature."""
