"""The app, and what it tells those who scrape."""

from django.apps import AppConfig


class WatchConfig(AppConfig):
    name = "watch"
    verbose_name = "Watching"

    def ready(self) -> None:
        """Register what needs two people, the alarms, the tiles and the gauges."""
        from watch import alarms, approvable, gauges, tiles

        approvable.register_all()
        alarms.register_all()
        tiles.register_all()
        gauges.register_all()
