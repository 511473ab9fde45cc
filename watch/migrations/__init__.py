"""The tables of noticing."""
