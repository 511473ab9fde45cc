"""The API as its description says it."""
