"""Arrives."""
