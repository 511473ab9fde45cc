"""The app, and whom it listens to."""

from django.apps import AppConfig


class EventsConfig(AppConfig):
    name = "events"

    def ready(self) -> None:
        """Go on as soon as something is sealed; count what waits to be delivered, and show it to staff."""
        from audit.following import sealed
        from bank.observability.metrics import register_gauge
        from events import queries, tasks, tiles

        tiles.register_all()
        sealed.connect(tasks.follow_soon, dispatch_uid="events.follow_soon")
        meaning = "Age of the oldest webhook that is due and not delivered"
        register_gauge("bank_webhooks_oldest_due_seconds", meaning, queries.oldest_due_seconds)
