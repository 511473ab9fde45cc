"""Tests of payments/."""
