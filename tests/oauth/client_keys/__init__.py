"""Tests of the keys of clients."""
