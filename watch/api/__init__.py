"""How HTTP says alerts and incidents: /v1/alerts, /v1/incidents."""
