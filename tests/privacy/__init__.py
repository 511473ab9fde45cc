"""Tests that personal data stays where it belongs."""
