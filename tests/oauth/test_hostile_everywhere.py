"""Every address of the authorization server, with every hostile request: never a 5xx, never a success."""

import json
from collections.abc import Iterator

import pytest

from oauth.urls import urlpatterns
from tests.oauth.conftest import World
from tests.support.fapi_client import FORM, Reply

MEGABYTE = b"A" * 1_000_000
JSON = "application/json"
PUBLIC_DOCUMENTS = "/.well-known/"
BODIES: list[tuple[str, bytes, str]] = [
    ("an array", b"[]", JSON),
    ("a null", b"null", JSON),
    ("nulls inside", b'{"grant_type": null, "client_id": null, "token": null}', JSON),
    ("arrays inside", b'{"grant_type": ["refresh_token"], "redirect_uris": [[["x"]]]}', JSON),
    ("a number", b"1e400", JSON),
    ("not a number", b'{"max_age": NaN}', JSON),
    ("deep brackets", b"[" * 30_000, JSON),
    ("members twice", b'{"token": "a", "token": "b"}', JSON),
    ("a lone surrogate", b'{"token": "\\ud800"}', JSON),
    ("JSON in UTF-16", '{"token": "x"}'.encode("utf-16"), JSON),
    ("a form of arrays", b"grant_type[]=refresh_token&token[0]=x&token[a][b]=y", FORM),
    ("a parameter twice", b"grant_type=refresh_token&grant_type=refresh_token", FORM),
    ("a megabyte", b"token=" + MEGABYTE, FORM),
    ("a megabyte of a name", MEGABYTE + b"=x", FORM),
    ("a megabyte of JSON", b'{"token": "' + MEGABYTE + b'"}', JSON),
    ("ten thousand parameters", b"&".join(b"p%d=x" % n for n in range(10_000)), FORM),
    ("NUL", b"token=%00&grant_type=%00&client_id=%00", FORM),
    ("bytes that are no text", b"\xff\xfe\x00\x80token=\xc3\x28", FORM),
    ("overlong UTF-8", b"token=%c0%af&client_id=%e0%80%af", FORM),
    ("right-to-left", "token=\u202eevil&client_id=\u202e".encode(), FORM),
    ("XML with an entity", b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>', "text/xml"),
    ("a pickle", b"\x80\x04\x95\x00", "application/x-python-pickle"),
    (
        "a form in parts",
        b'--x\r\nContent-Disposition: form-data; name="token"; filename="t"\r\n\r\nx\r\n--x--',
        "multipart/form-data; boundary=x",
    ),
    ("a charset that unpacks", b"grant_type=refresh_token", FORM + "; charset=bz2_codec"),
    ("no content type", b"grant_type=refresh_token", ""),
]
QUERIES = [
    "%",
    "%zz",
    "a=%ff",
    "a=1&a=2",
    "a[]=1",
    "=&=&=",
    "client_id=%00",
    "\N{FULLWIDTH QUESTION MARK}",
    "a=" + "A" * 100_000,
]
HEADERS: list[dict[str, str]] = [
    {"Authorization": "Bearer"},
    {"Authorization": "DPoP \x7f"},
    {"Authorization": "Bearer " + "A" * 100_000},
    {"Authorization": "Basic AAAA"},
    {"Authorization": "DPoP a, DPoP b"},
    {"Authorization": "Bearer \u00e9\u00ff"},
    {"DPoP": "a.b.c, d.e.f"},
    {"DPoP": "A" * 100_000},
    {"DPoP": "", "Authorization": ""},
    {"X-Client-Certificate": "A" * 100_000},
    {"Accept": "*/*;q=nan"},
    {"Accept-Language": "x" * 5_000},
    {"Content-Length": "-1"},
    {"Content-Length": "\u0663"},
    {"Content-Encoding": "gzip"},
    {"X-Forwarded-For": "\x00, ::1%eth0", "X-Forwarded-Host": "evil.example", "Forwarded": "for=[::"},
    {"X-HTTP-Method-Override": "DELETE"},
    {"Cookie": "__Host-session=" + "\u00ff" * 100},
]
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD", "TRACE", "CONNECT", "PROPFIND", "get")
NAMES_IN_PATHS = ("x", "%00", "..%2f..", "\u202e", "A" * 5_000, "1 OR 1=1")


def addresses() -> Iterator[str]:
    """Yield every path of oauth/urls.py, with hostile names where one is named."""
    for pattern in urlpatterns:
        route = str(pattern.pattern)
        if route.startswith("v1/"):
            continue
        before, named, _ = route.partition("<")
        yield from (f"/{before}{name}" for name in NAMES_IN_PATHS) if named else iter([f"/{route}"])


PATHS = list(addresses())


def refused(reply: Reply, path: str, what: object) -> None:
    """Check for an answer that refuses: 4xx, in JSON where a program asks."""
    assert 400 <= reply.status < 500 or reply.status == 303, (path, what, reply.status, reply.text[:200])
    if (
        path != "/oauth/authorize"
        and reply.status != 405
        and reply.text
        and "json" in reply.headers["Content-Type"]
    ):
        assert isinstance(json.loads(reply.text), dict)


def is_document(path: str) -> bool:
    return path.startswith(PUBLIC_DOCUMENTS)


class TestEveryAddress:
    def test_is_found_here(self) -> None:
        assert {"/oauth/par", "/oauth/token", "/oauth/authorize", "/oauth/register"} <= set(PATHS)
        assert len(PATHS) >= 15

    @pytest.mark.parametrize("path", PATHS, ids=lambda path: path[:40])
    def test_refuses_every_hostile_body(self, world: World, path: str) -> None:
        for what, body, content_type in BODIES:
            for method in ("POST", "PUT"):
                refused(
                    world.client.transport.send(method, path, {"Content-Type": content_type}, body),
                    path,
                    what,
                )

    @pytest.mark.parametrize("path", PATHS, ids=lambda path: path[:40])
    def test_breaks_at_no_query(self, world: World, path: str) -> None:
        for query in QUERIES:
            for method in ("GET", "POST"):
                reply = world.client.transport.send(method, f"{path}?{query}", {"Content-Type": FORM})
                if not (is_document(path) and method == "GET"):
                    refused(reply, path, query[:40])
                assert reply.status < 500, (path, query[:40])

    @pytest.mark.parametrize("path", PATHS, ids=lambda path: path[:40])
    def test_breaks_at_no_header(self, world: World, path: str) -> None:
        for headers in HEADERS:
            for method in ("GET", "POST"):
                reply = world.client.transport.send(method, path, {"Content-Type": FORM, **headers})
                assert reply.status < 500, (path, method, headers, reply.text[:200])

    @pytest.mark.parametrize("path", PATHS, ids=lambda path: path[:40])
    def test_breaks_at_no_method(self, world: World, path: str) -> None:
        for method in METHODS:
            reply = world.client.transport.send(method, path, {})
            assert reply.status < 500, (path, method, reply.text[:200])
            assert is_document(path) or reply.status >= 300, (path, method)
