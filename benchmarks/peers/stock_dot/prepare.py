"""Fills the stock project: `python -m benchmarks.peers.stock_dot.prepare setup | codes NUMBER`.

`setup` migrates and registers two clients, one with the default hashed secret, one without hashing. `codes`
writes that many authorization codes for each and prints them as JSON.
"""

import json
import os
import secrets
import sys
from datetime import timedelta

VERIFIER = "v" * 64
REDIRECT_URI = "https://localhost/callback"
SECRET = "s" * 64
CLIENTS = {"hashed": True, "unhashed": False}


def setup() -> None:
    """Create the tables, a user and both clients."""
    from django.contrib.auth.models import User
    from django.core.management import call_command
    from oauth2_provider.models import Application

    call_command("migrate", verbosity=0)
    user = User.objects.create(username="alice")
    for name, hashed in CLIENTS.items():
        Application.objects.create(
            name=name,
            client_id=name,
            client_secret=SECRET,
            hash_client_secret=hashed,
            client_type=Application.CLIENT_CONFIDENTIAL,
            authorization_grant_type=Application.GRANT_AUTHORIZATION_CODE,
            redirect_uris=REDIRECT_URI,
            user=user,
        )


def codes(number: int) -> dict[str, list[str]]:
    """Write and return codes that are good for ten minutes, by client."""
    from django.contrib.auth.models import User
    from django.utils import timezone
    from oauth2_provider.models import Application, Grant

    from benchmarks.peers.stock_dot.pkce import challenge

    user = User.objects.get(username="alice")
    until = timezone.now() + timedelta(minutes=10)
    made: dict[str, list[str]] = {}
    for application in Application.objects.all():
        made[application.name] = [secrets.token_urlsafe(24) for _ in range(number)]
        Grant.objects.bulk_create(
            Grant(
                user=user,
                code=code,
                application=application,
                expires=until,
                redirect_uri=REDIRECT_URI,
                scope="read write",
                code_challenge=challenge(VERIFIER),
                code_challenge_method="S256",
            )
            for code in made[application.name]
        )
    return made


def main() -> None:
    """Do what the command line says."""
    import django

    os.environ["DJANGO_SETTINGS_MODULE"] = "benchmarks.peers.stock_dot.settings"
    django.setup()
    if sys.argv[1] == "setup":
        setup()
    else:
        print(json.dumps(codes(int(sys.argv[2]))))


if __name__ == "__main__":
    main()
