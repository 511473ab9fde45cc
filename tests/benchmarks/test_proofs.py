"""What the load generator signs is what the bank's own checks accept."""

import time

import pytest

from benchmarks import proofs
from oauth.protocol import jose

KEY = proofs.new_jwk()
URL = "https://bank.example/v1/payments"


class TestProofs:
    def test_a_proof_is_signed_by_the_key_it_carries(self) -> None:
        jwt = jose.read(proofs.dpop(proofs.dpop_signer(KEY), "POST", URL, "token"))
        assert jose.is_signed_by(jwt, jose.public_key(jwt.header["jwk"]))
        assert jwt.header["typ"] == "dpop+jwt"
        assert (jwt.claims["htm"], jwt.claims["htu"]) == ("POST", URL)
        assert abs(jwt.claims["iat"] - time.time()) < 5

    def test_proofs_signed_in_parallel_keep_their_tokens_in_order(self) -> None:
        tokens = ["a", "b", "c", "d", "e"]
        signed = [jose.read(each) for each in proofs.sign_dpop(KEY, "POST", URL, tokens)]
        signer = proofs.dpop_signer(KEY)
        expected = [jose.read(proofs.dpop(signer, "POST", URL, token)).claims["ath"] for token in tokens]
        assert [jwt.claims["ath"] for jwt in signed] == expected
        assert len({jwt.claims["jti"] for jwt in signed}) == len(tokens)

    @pytest.mark.parametrize("number", [0, 1, 5])
    def test_assertions_are_as_many_as_asked_and_used_once(self, number: int) -> None:
        signed = [
            jose.read(each) for each in proofs.sign_assertions(KEY, "app", "https://bank.example", number)
        ]
        assert len({jwt.claims["jti"] for jwt in signed}) == number
        assert all(jwt.claims["aud"] == "https://bank.example" for jwt in signed)
        assert all(jose.is_signed_by(jwt, jose.public_key(proofs.public_part(KEY))) for jwt in signed)
