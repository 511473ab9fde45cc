"""Feeds and webhooks."""
