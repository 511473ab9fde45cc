"""Rich authorization requests (RFC 9396): what is asked for in detail is checked, kept, granted, told."""

import json
from typing import Any

import pytest

from oauth.models import Client, PushedAuthorizationRequest
from tests.payments.approving import Asking, app_of
from tests.support.customers import someone

INFORMATION = {"type": "account_information", "actions": ["accounts:read", "balances:read"]}


@pytest.fixture
def asking(db: None) -> Asking:
    return Asking()


class TestPushing:
    def test_takes_a_detail_of_each_type(self, asking: Asking) -> None:
        recurring = {
            "type": "recurring_payment",
            "creditor_account": asking.creditor.id,
            "maximum_amount": {"amount": "10.00", "currency": "GBP"},
            "limits": [
                {"period": "month", "alignment": "calendar", "amount": {"amount": "30.00", "currency": "GBP"}}
            ],
            "expires_at": "2027-03-01T00:00:00Z",
        }
        for detail in (INFORMATION, asking.payment(), recurring, {"type": "funds_confirmation"}):
            pushed = asking.push(detail)
            assert pushed.status == 201, pushed.text

    def test_needs_no_scope_beside_it(self, asking: Asking) -> None:
        assert asking.push(INFORMATION, scope=None).status == 201

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "null",
            "{}",
            "[]",
            "[1]",
            "[[]]",
            '"text"',
            "[{}]",
            '[{"type":1}]',
            '[{"type":"unknown"}]',
            '[{"type":"boxes"}]',
            '[{"type":"funds_confirmation","type":"funds_confirmation"}]',
            '[{"type":"funds_confirmation"},{"type":"funds_confirmation"}]',
            '[{"type":"funds_confirmation","more":1}]',
            '[{"type":"funds_confirmation","expires_at":"2099-01-01T00:00:00Z"}]',
            '[{"type":"funds_confirmation","expires_at":"2001-01-01T00:00:00Z"}]',
            '[{"type":"funds_confirmation","expires_at":5}]',
            '[{"type":"account_information"}]',
            '[{"type":"account_information","actions":[]}]',
            '[{"type":"account_information","actions":["payments:create"]}]',
            '[{"type":"account_information","actions":"accounts:read"}]',
            '[{"type":"account_information","actions":[["accounts:read"]]}]',
            '[{"type":"payment_initiation"}]',
            "[" * 60 + "]" * 60,
            '[{"type":"\\u202e"}]',
            '[{"type":"funds_confirmation","' + "x" * 9000 + '":1}]',
            "NaN",
            "[{'type':'funds_confirmation'}]",
        ],
    )
    def test_refuses_what_no_type_knows(self, asking: Asking, text: str) -> None:
        refused = asking.push(text or " ")
        assert (refused.status, refused.json["error"]) == (400, "invalid_authorization_details"), refused.text

    @pytest.mark.parametrize(
        "changes",
        [
            {"amount": None},
            {"amount": {"amount": "0", "currency": "GBP"}},
            {"amount": {"amount": "-1.00", "currency": "GBP"}},
            {"amount": {"amount": 1, "currency": "GBP"}},
            {"amount": {"amount": "1.001", "currency": "GBP"}},
            {"amount": {"amount": "1.00", "currency": "XXX"}},
            {"amount": "1.00"},
            {"creditor_account": None},
            {"creditor_account": "acc_7zzzzzzzzzzzzzzzzzzzzzzzzz"},
            {"creditor_account": "nonsense"},
            {"creditor_name": None, "creditor": {"name": "A", "iban": "GB1"}},
            {"creditor_account": None, "creditor": {"name": "A", "iban": "GB1"}},
            {"creditor_account": None, "creditor_name": None, "creditor": {"name": "A"}},
            {"reference": "x" * 141},
            {"reference": 1},
            {"debtor_account": "usr_1"},
            {"priority": "high"},
        ],
    )
    def test_refuses_a_payment_that_is_none(self, asking: Asking, changes: dict[str, Any]) -> None:
        refused = asking.push(asking.payment(**changes))
        assert (refused.status, refused.json["error"]) == (400, "invalid_authorization_details"), refused.text

    def test_refuses_permissions_beside_the_details(self, asking: Asking) -> None:
        refused = asking.push(INFORMATION, scope="openid payments:create")
        assert (refused.status, refused.json["error"]) == (400, "invalid_scope")

    def test_refuses_what_the_app_may_not_have(self, db: None) -> None:
        asking = Asking(client=app_of("openid accounts:read"))
        assert asking.push({**INFORMATION, "actions": ["accounts:read"]}).status == 201
        for detail in (INFORMATION, asking.payment(), {"type": "funds_confirmation"}):
            assert asking.push(detail).json["error"] == "invalid_authorization_details"

    def test_refuses_a_type_the_app_did_not_register(self, asking: Asking) -> None:
        Client.objects.filter(client_id=asking.client.client_id).update(
            authorization_details_types=["funds_confirmation"]
        )
        assert asking.push({"type": "funds_confirmation"}).status == 201
        assert asking.push(INFORMATION).json["error"] == "invalid_authorization_details"

    def test_refuses_the_banks_own_app_which_needs_none(self, db: None) -> None:
        asking = Asking(client=app_of(first_party=True))
        assert asking.push(asking.payment()).json["error"] == "invalid_authorization_details"

    def test_keeps_no_payee_in_clear(self, asking: Asking) -> None:
        outside = {"name": "Café Lumen", "iban": "FR7630006000011234567890189"}
        detail = asking.payment(creditor_account=None, creditor_name=None, creditor=outside)
        asking.approve(detail)
        kept = PushedAuthorizationRequest.objects.latest("created_at")
        assert "Lumen" not in json.dumps(kept.parameters)
        assert "Lumen" not in json.dumps(asking.consent.authorization_details)
        sealed = type(asking.consent).objects.values_list("granted", "shown").get(id=asking.consent.id)
        assert all("Lumen" not in str(bytes(getattr(box, "box", b""))) for box in sealed)

    def test_metadata_names_the_types(self, asking: Asking) -> None:
        reply = asking.client.transport.send(
            "GET", asking.client.url("/.well-known/oauth-authorization-server"), {}
        )
        assert reply.json["authorization_details_types_supported"] == [
            "account_information",
            "funds_confirmation",
            "payment_initiation",
            "recurring_payment",
        ]


class TestGranting:
    def test_tells_what_was_granted_with_the_token_and_to_introspection(self, asking: Asking) -> None:
        told = asking.approve(INFORMATION, account=asking.other)
        granted = [{**INFORMATION, "accounts": [asking.other.id]}]
        assert told["authorization_details"] == granted
        assert told["grant_id"] == asking.consent.id
        assert sorted(told["scope"].split()) == ["accounts:read", "balances:read", "consents:read", "openid"]
        seen = asking.client.post("/oauth/introspect", {"token": told["access_token"]}).json
        assert (seen["authorization_details"], seen["grant_id"]) == (granted, asking.consent.id)
        again = asking.client.refresh(told["refresh_token"]).json
        assert again["authorization_details"] == granted

    def test_by_scopes_alone_tells_no_details(self, asking: Asking) -> None:
        url = asking.client.authorize_url(asking.client.push().json["request_uri"])
        answered = asking.browser.decide(url, accounts=[asking.debtor.id])
        told = asking.client.redeem(answered.answer["code"]).json
        assert "authorization_details" not in told
        assert told["grant_id"] == asking.consent.id

    def test_reads_what_was_granted_and_no_more(self, asking: Asking) -> None:
        asking.approve(INFORMATION, account=asking.other)
        assert [account["id"] for account in asking.get("/v1/accounts").json["data"]] == [asking.other.id]
        assert asking.get(f"/v1/accounts/{asking.other.id}/balances").status == 200
        assert asking.get(f"/v1/accounts/{asking.other.id}/transactions").status == 403
        assert asking.get(f"/v1/accounts/{asking.debtor.id}").status == 404

    def test_ends_when_the_app_asked(self, asking: Asking) -> None:
        from datetime import UTC, datetime, timedelta

        ends = (datetime.now(UTC) + timedelta(days=3)).replace(microsecond=0)
        asking.approve({**INFORMATION, "expires_at": ends.isoformat()})
        assert asking.consent.expires_at == ends

    def test_keeps_what_was_shown_under_its_digest(self, asking: Asking) -> None:
        from hashlib import sha256

        asking.approve(asking.payment())
        consent = asking.consent
        assert sha256(consent.shown.encode()).hexdigest() == consent.shown_digest
        assert "Corner Shop" in consent.shown

    def test_of_a_payment_asks_for_a_fresh_sign_in(self, asking: Asking) -> None:
        from datetime import UTC, datetime, timedelta

        from oauth.models import User

        hour_ago = datetime.now(UTC) - timedelta(hours=1)
        User.objects.filter(id=asking.person.user.id).update(last_login=hour_ago)
        assert asking.browser.open(asking.page(INFORMATION)).status == 200
        sent = asking.browser.open(asking.page(asking.payment()))
        assert (sent.status, sent.location.startswith("/login/")) == (303, True)

    def test_names_nothing_of_another_person(self, asking: Asking) -> None:
        stranger = someone().account("50.00")
        url = asking.page(asking.payment())
        assert asking.browser.decide(url, accounts=[stranger.id]).status == 422
