"""The developer portal's pages on webhooks: where an app is told, and exactly what it was sent."""
