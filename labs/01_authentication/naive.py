"""Lets an app in by a statement it signed (a JWT), read by a small library written in a hurry."""

import base64
import hashlib
import hmac
import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

APP_KEY = rsa.generate_private_key(65537, 2048)  # the app's; of the bank's business only the public half
PUBLIC_KEY = APP_KEY.public_key().public_bytes(
    serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
)


def verify(token):
    """Return the claims of a token that is rightly signed; raises InvalidSignature."""
    head, body, signature = token.split(".")
    header = json.loads(decoded(head))
    is_right = CHECKS[header["alg"].lower()]
    if not is_right(f"{head}.{body}".encode(), decoded(signature), PUBLIC_KEY):
        raise InvalidSignature
    return json.loads(decoded(body))


def unsigned(signed, signature, key):
    return signature == b""


def by_secret(signed, signature, key):
    return hmac.compare_digest(hmac.new(key, signed, hashlib.sha256).digest(), signature)


def by_key_pair(signed, signature, key):
    public = serialization.load_pem_public_key(key)
    public.verify(signature, signed, padding.PKCS1v15(), hashes.SHA256())
    return True


CHECKS = {"none": unsigned, "hs256": by_secret, "rs256": by_key_pair}


def decoded(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        try:
            claims = verify(self.rfile.read(int(self.headers["Content-Length"])).decode())
            self.send_response(200 if claims["sub"] == "piggy" else 401)
        except (InvalidSignature, ValueError, LookupError, TypeError, AttributeError):
            self.send_response(401)
        self.end_headers()


if __name__ == "__main__":
    with open("public-key.pem", "wb") as published, open("key-of-the-app.pem", "wb") as private:
        published.write(PUBLIC_KEY)
        private.write(APP_KEY.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                                            serialization.NoEncryption()))  # fmt: skip
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
