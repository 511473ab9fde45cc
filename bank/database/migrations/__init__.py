"""Migrations of the database room."""
