"""The sandbox over HTTP. Outside it these addresses do not exist (bank/urls.py)."""
