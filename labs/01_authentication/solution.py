"""Key and algorithm are what we know of the app; what the token says of itself is compared, never obeyed."""

CHECKS = {}


def verify(token):
    head, body, signature = token.split(".")
    if json.loads(decoded(head))["alg"] != "RS256":
        raise InvalidSignature
    if not by_key_pair(f"{head}.{body}".encode(), decoded(signature), PUBLIC_KEY):
        raise InvalidSignature
    return json.loads(decoded(body))
