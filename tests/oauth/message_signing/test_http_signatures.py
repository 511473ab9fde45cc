"""HTTP message signatures against the RFC's own cases (RFC 9421, appendix B), and what is refused."""

from typing import Any

import pytest
from joserfc import jwk

from oauth.protocol.http_signatures import (
    Message,
    Signature,
    SignatureRefused,
    base_of,
    check_digest,
    digest_of,
    find,
    sign,
    signer_of,
)
from oauth.protocol.structured_fields import FieldRefused, InnerList, read_dictionary

# RFC 9421, B.2: the request and the response of its examples
BODY = b'{"hello": "world"}'
SHA512 = "sha-512=:WZDPaVn/7XgHaAy8pmojAkGWoRx2UFChF41A2svX+TaPm+AbwAgBWnrIiYllu7BNNyealdVLvRwEmTHWXvJwew==:"
REQUEST_FIELDS = {
    "host": "example.com",
    "date": "Tue, 20 Apr 2021 02:07:55 GMT",
    "content-type": "application/json",
    "content-digest": SHA512,
    "content-length": "18",
}
RESPONSE_FIELDS = {
    "date": "Tue, 20 Apr 2021 02:07:56 GMT",
    "content-type": "application/json",
    "content-digest": "sha-512=:mEWXIS7MaLRuGgxOBdODa3xqM1XdEvxoYhvlCFJ41QJg"
    "Jc4GTsPp29l5oGX69wWdXymyU0rjJuahq4l5aGgfLQ==:",
    "content-length": "23",
}
ED25519 = jwk.import_key(
    {
        "kty": "OKP",
        "crv": "Ed25519",
        "kid": "test-key-ed25519",
        "d": "n4Ni-HpISpVObnQMW0wOhCKROaIKqKtW_2ZYb2p9KcU",
        "x": "JrQLj5P_89iXES9-vFgrIy29clF9CC_oPPsw3c5D0bs",
    }
)
P256 = jwk.import_key(
    {
        "kty": "EC",
        "crv": "P-256",
        "kid": "test-key-ecc-p256",
        "x": "qIVYZVLCrPZHGHjP17CTW0_-D9Lfw0EkjqF7xB4FivA",
        "y": "Mc4nN9LTDOBhfoUeg8Ye9WedFRhnZXZJA12Qp0zZ6F0",
    }
)
B26_INPUT = (
    'sig-b26=("date" "@method" "@path" "@authority" "content-type" "content-length")'
    ';created=1618884473;keyid="test-key-ed25519"'
)
B26 = "sig-b26=:wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPpBKRCw==:"
B26_BASE = f""""date": Tue, 20 Apr 2021 02:07:55 GMT
"@method": POST
"@path": /foo
"@authority": example.com
"content-type": application/json
"content-length": 18
"@signature-params": {B26_INPUT.partition("=")[2]}"""
B24_INPUT = (
    'sig-b24=("@status" "content-type" "content-digest" "content-length")'
    ';created=1618884473;keyid="test-key-ecc-p256"'
)
B24 = "sig-b24=:wNmSUAhwb5LxtOtOpNa6W5xj067m5hFrj0XQ4fvpaCLx0NKocgPquLgyahnzDnDAUy5eCdlYUEkLIj+32oiasw==:"


def request(**fields: str) -> Message:
    more = {name.replace("_", "-"): value for name, value in fields.items()}
    return Message("POST", "https://example.com/foo?param=Value&Pet=dog", fields={**REQUEST_FIELDS, **more})


def signed_by(text: str, value: str, key: Any, message: Message) -> Any:
    ((label, covered),) = read_dictionary(text).items()
    assert isinstance(covered, InnerList)
    signature = Signature(label, covered, read_dictionary(value)[label].value)  # type: ignore[union-attr,arg-type]
    return signer_of(signature, base_of(message, covered), [key])


class TestRfcCases:
    def test_b_2_6_has_the_base_of_the_rfc(self) -> None:
        (covered,) = read_dictionary(B26_INPUT).values()
        assert isinstance(covered, InnerList)
        assert base_of(request(), covered) == B26_BASE

    def test_b_2_6_ed25519_request_holds(self) -> None:
        assert signed_by(B26_INPUT, B26, ED25519, request()) is ED25519

    def test_b_2_6_is_made_again_byte_by_byte(self) -> None:
        (covered,) = read_dictionary(B26_INPUT).values()
        assert isinstance(covered, InnerList)
        assert sign(request(), covered, ED25519)[1] == read_dictionary(B26)["sig-b26"].value  # type: ignore[union-attr]

    def test_b_2_4_ecdsa_response_holds(self) -> None:
        response = Message(status=200, fields=RESPONSE_FIELDS)
        assert signed_by(B24_INPUT, B24, P256, response) is P256

    def test_the_digests_of_the_rfc_hold(self) -> None:
        check_digest(SHA512, BODY)
        check_digest("sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:", BODY)
        assert digest_of(BODY) == "sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:"

    @pytest.mark.parametrize(
        "change",
        [
            {"date": "Tue, 20 Apr 2021 02:07:56 GMT"},
            {"content_type": "text/html"},
            {"content_length": "19"},
        ],
    )
    def test_a_change_of_what_is_covered_is_seen(self, change: dict[str, str]) -> None:
        with pytest.raises(SignatureRefused):
            signed_by(B26_INPUT, B26, ED25519, request(**change))

    def test_another_order_or_another_parameter_is_seen(self) -> None:
        for changed in (
            B26_INPUT.replace('"date" "@method"', '"@method" "date"'),
            B26_INPUT.replace("73;", "74;"),
        ):
            with pytest.raises(SignatureRefused):
                signed_by(changed, B26, ED25519, request())

    @pytest.mark.parametrize("alg", ["hmac-sha256", "rsa-pss-sha512", "ecdsa-p256-sha256", "none", "Ed25519"])
    def test_an_algorithm_that_is_not_the_key_s_is_refused(self, alg: str) -> None:
        with pytest.raises(SignatureRefused):
            signed_by(f'{B26_INPUT};alg="{alg}"', B26, ED25519, request())


class TestBase:
    @pytest.mark.parametrize(
        "covered",
        [
            '("date" "date")',
            '("nowhere")',
            '("@status")',
            '("@signature-params")',
            '("@query-param";name="Pet")',
            '("@method";req)',
            '("Date")',
            '("date";sf)',
            '("date";bs)',
            '("date";tr)',
            '("content-digest";key="md5")',
            '("date";key="x")',
            "(7)",
            "(date)",
            '("@method";key="a")',
            "(" + " ".join(f'"x{n}"' for n in range(40)) + ")",
        ],
    )
    def test_refuses_to_cover(self, covered: str) -> None:
        (member,) = read_dictionary(f"sig={covered}").values()
        assert isinstance(member, InnerList)
        with pytest.raises(SignatureRefused):
            base_of(request(), member)

    def test_covers_one_member_of_a_dictionary(self) -> None:
        (member,) = read_dictionary('sig=("content-digest";key="sha-512")').values()
        assert isinstance(member, InnerList)
        line = base_of(request(), member).splitlines()[0]
        assert line == f'"content-digest";key="sha-512": {SHA512.partition("=")[2]}'

    def test_a_response_covers_its_request(self) -> None:
        (member,) = read_dictionary('sig=("@status" "@method";req "@target-uri";req)').values()
        assert isinstance(member, InnerList)
        lines = base_of(Message(status=201, request=request()), member).splitlines()
        assert lines[:2] == ['"@status": 201', '"@method";req: POST']
        assert lines[2] == '"@target-uri";req: https://example.com/foo?param=Value&Pet=dog'


class TestFind:
    @pytest.mark.parametrize(
        ("inputs", "values"),
        [
            ("", ""),
            ('sig=("date");tag="x"', "other=:AA==:"),
            ('sig=("date");tag="x"', "sig=AA"),
            ('sig=("date");tag="x", more=("date");tag="x"', "sig=:AA==:, more=:AA==:"),
            ('sig="date";tag="x"', "sig=:AA==:"),
            ('sig=("date")', "sig=:AA==:"),
            ('sig=("date");tag="x", sig=("date");tag="y"', "sig=:AA==:"),
            ('sig=("date");tag="x"', "sig=:A:"),
            ('sig=("date";tag="x"', "sig=:AA==:"),
        ],
    )
    def test_refuses(self, inputs: str, values: str) -> None:
        with pytest.raises(SignatureRefused):
            find(request(signature_input=inputs, signature=values), "x")

    def test_takes_the_one_of_several_that_is_meant(self) -> None:
        inputs = 'proxy=("date");tag="proxy", sig=("date");tag="x"'
        assert (
            find(request(signature_input=inputs, signature="proxy=:AA==:, sig=:AQ==:"), "x").value == b"\x01"
        )


class TestDigest:
    @pytest.mark.parametrize(
        "told",
        [
            "",
            "md5=:AA==:",
            "sha-256=AA",
            "sha-256=:AA==:",
            f"{SHA512}, sha-256=:AA==:",
            "sha-256",
            "sha-256=(:AA==:)",
            "SHA-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:",
        ],
    )
    def test_refuses(self, told: str) -> None:
        with pytest.raises(SignatureRefused):
            check_digest(told, BODY)


class TestReadDictionary:
    @pytest.mark.parametrize(
        "text",
        [
            'a=1, b=?1, c="x\\"y", d=tok*en, e=:AA==:, f=(1 2);x',
            'a=("@method" "b";req);created=1;keyid="k"',
        ],
    )
    def test_writes_what_it_read(self, text: str) -> None:
        assert ", ".join(f"{key}={value}" for key, value in read_dictionary(text).items()) == text

    @pytest.mark.parametrize(
        "text",
        [
            "a=",
            "=1",
            "a=1,",
            ",a=1",
            "a=1 b=2",
            "A=1",
            "a=1.5",
            "a=(1",
            "a=(1,2)",
            'a="x',
            "a=:*:",
            "a=?2",
            "a;b=",
            "a=1;x=1;x=2",
            "a=1, a=2",
            "é=1",
            "a=" + "(" * 500,
            "a=" + "1" * 20,
            "a=\x00",
            'a="\x7f"',
            "a" * 9000,
            "a=((1))",
        ],
    )
    def test_refuses(self, text: str) -> None:
        with pytest.raises(FieldRefused):
            read_dictionary(text)
