"""Calling what may be down."""
