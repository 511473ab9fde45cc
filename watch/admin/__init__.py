"""Where staff look: alerts, incidents, rules, daily reviews, notices; registered by being loaded."""

from watch.admin import alerts, rest

__all__ = ["alerts", "rest"]
