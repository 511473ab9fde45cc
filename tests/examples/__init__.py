"""The example app and the tour, as far as they can be tried without a bank; the journeys try the rest."""
