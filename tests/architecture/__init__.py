"""Tests of the repository itself: what the house promises, kept by machine."""
