"""Commands of identity and tokens."""
