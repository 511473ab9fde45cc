"""What the audit trail says of an app, read by a superuser from outside."""

import json

import psycopg


def kinds_about(superuser_url: str, client_id: str) -> list[str]:
    """Return the kinds of events that wait and concern this app."""
    with psycopg.connect(superuser_url) as connection:
        rows = connection.execute("SELECT body FROM audit.outbox").fetchall()
    return [json.loads(bytes(body))["kind"] for (body,) in rows if client_id.encode() in bytes(body)]
