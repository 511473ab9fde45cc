"""The proof: mirrors the apps, plus journeys, attacks, architecture and the launcher."""
