"""Tests of apps that register themselves, and of their life."""
