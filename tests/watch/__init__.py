"""Noticing."""
