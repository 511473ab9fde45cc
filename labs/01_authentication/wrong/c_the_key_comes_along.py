"""The idea: one algorithm, and so that apps can change their keys, the header may bring the new one.

Still open: a token that brings its own key proves that somebody has a key.
"""


def verify(token):
    head, body, signature = token.split(".")
    header = json.loads(decoded(head))
    if header["alg"] != "RS256":
        raise InvalidSignature
    key = from_jwk(header["jwk"]) if "jwk" in header else PUBLIC_KEY
    if not by_key_pair(f"{head}.{body}".encode(), decoded(signature), key):
        raise InvalidSignature
    return json.loads(decoded(body))


def from_jwk(jwk):
    e, n = (int.from_bytes(decoded(jwk[name]), "big") for name in "en")
    public = rsa.RSAPublicNumbers(e, n).public_key()
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return public.public_bytes(serialization.Encoding.PEM, form)
