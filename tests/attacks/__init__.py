"""Requests an attacker would send, each with the answer it must get."""
