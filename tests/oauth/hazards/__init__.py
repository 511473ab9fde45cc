"""The hazards of stock DOT and oauthlib, one file each. These tests fail on the stock server."""
