"""Tests of the register of data."""
