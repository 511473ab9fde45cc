"""Calling what may be down: a breaker and a bulkhead all processes share, and a budget of retries."""
