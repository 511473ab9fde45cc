"""A one-time code for a demo person: `make code USER=alice` (RFC 6238, from the secret in demo.json)."""

import base64
import hmac
import json
import struct
import sys
import time

from deploy.local.state import state_directory
from deploy.local.steps import complain, say

PERIOD_SECONDS = 30
DIGITS = 6


def main(arguments: list[str]) -> int:
    """Print the person's present code and how long it is good for."""
    demo = state_directory() / "demo.json"
    if not demo.exists():
        complain("The bank does not run.\n  what to do: make run, and ask again when it is ready")
        return 1
    data = json.loads(demo.read_text())
    people = data["users"] | data["staff"]
    person = people.get(arguments[0] if arguments else "alice")
    if not person or not person.get("totp_secret"):
        with_codes = ", ".join(name for name, who in people.items() if who.get("totp_secret"))
        complain(f"Nobody by that name has codes.\n  what to do: make code USER=… with one of {with_codes}")
        return 1
    now = time.time()
    say(f"{totp(person['totp_secret'], now)}   (for {PERIOD_SECONDS - int(now) % PERIOD_SECONDS} s more)")
    return 0


def totp(secret: str, now: float) -> str:
    """Return the six digits of RFC 6238 (HMAC-SHA-1, 30 seconds) for a base32 secret."""
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    digest = hmac.digest(key, struct.pack(">Q", int(now) // PERIOD_SECONDS), "sha1")
    offset = digest[-1] & 0x0F
    number = struct.unpack(">I", digest[offset : offset + 4])[0] & 0x7FFFFFFF
    return f"{number % 10**DIGITS:0{DIGITS}}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
