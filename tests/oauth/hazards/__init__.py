"""The hazards of stock DOT and oauthlib (oauth.md), one file each. Every test here fails on the stock server."""
