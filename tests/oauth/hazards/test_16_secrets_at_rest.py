"""Hazard 16: stock DOT keeps codes in clear. Here no code, token or reference stands in the database."""

from django.apps import apps
from django.db import connection

from tests.oauth.conftest import World


def dumped() -> str:
    """Return every row of the app's tables as text."""
    lines = []
    with connection.cursor() as cursor:
        for model in apps.get_app_config("oauth").get_models():
            cursor.execute(f'SELECT row_to_json(t)::text FROM "{model._meta.db_table}" t')  # noqa: S608
            lines += [row[0] for row in cursor.fetchall()]
    return "\n".join(lines)


class TestDatabase:
    def test_holds_no_secret_in_clear(self, world: World) -> None:
        request_uri = world.client.push().json["request_uri"]
        code = world.code()
        before = dumped()
        tokens = world.client.redeem(code).json
        after = dumped()
        assert world.client.client_id in after
        for secret in (code, request_uri, request_uri.rpartition(":")[2]):
            assert secret not in before
        for secret in (code, tokens["access_token"], tokens["refresh_token"], tokens["id_token"]):
            assert secret not in after
