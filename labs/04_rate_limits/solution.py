"""Count first, in one statement all processes share, by who is being guessed at; judge afterwards."""

import sqlite3
from contextlib import closing


def sign_in(name, code, headers):
    if count(name) > MOST_TRIES:
        return 429
    return 200 if is_right(name, code) else 401


def count(key, by=1):
    """Count a try and return how many there were, this one among them."""
    with closing(sqlite3.connect("tries.db", timeout=10)) as database, database:
        database.execute("CREATE TABLE IF NOT EXISTS tries (key PRIMARY KEY, n)")
        statement = "INSERT INTO tries VALUES (?, ?) ON CONFLICT DO UPDATE SET n = n + excluded.n RETURNING n"
        return database.execute(statement, (key, by)).fetchone()[0]
