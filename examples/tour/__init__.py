"""The whole story told over HTTP against a running bank: `python -m examples.tour` (or `make tour`)."""
