"""Correction (GDPR, Article 16) and restriction (Article 18), over the API."""

from typing import Any

import pytest

from accounts.models import Customer
from audit.openings import openings_of
from bank.access.roles import APPROVER, TELLER
from oauth.actors import actor_for_token
from oauth.errors import UseRestricted
from oauth.models import AccessToken, Consent, User
from privacy import operations
from tests.support.customers import Someone, someone
from tests.support.own_app import OwnApp, signed_in
from tests.support.staff import agreed, officer


def patch(app: OwnApp, body: dict[str, Any]) -> Any:
    return app.client.call("PATCH", "/v1/me", app.token, body, {})


class TestCorrect:
    def test_sets_what_is_named_and_leaves_the_rest(self, real_db: None) -> None:
        person = someone()
        answer = patch(signed_in(person.user), {"phone": "+44 20 7946 0999", "address": "2 Quay"})
        assert (answer.status, answer.json["phone"], answer.json["address"]) == (
            200,
            "+44 20 7946 0999",
            "2 Quay",
        )
        assert answer.json["kyc_status"] == "VERIFIED"
        assert answer.json["given_name"] == "Test"
        assert answer.headers["Audit-Event-Id"]

    def test_finds_a_person_by_the_new_address_alone(self, real_db: None) -> None:
        person = someone()
        old = Customer.objects.get(id=person.customer_id).email
        patch(signed_in(person.user), {"email": f"new-{old}"})
        assert not Customer.objects.filter(email_index=old).exists()
        assert Customer.objects.get(email_index=f"NEW-{old}").id == person.customer_id

    def test_of_the_name_has_to_be_shown_anew(self, real_db: None) -> None:
        person = someone()
        assert patch(signed_in(person.user), {"family_name": "Newly"}).json["kyc_status"] == "PENDING"
        agreed("customer.verify", person.customer_id)
        assert Customer.objects.get(id=person.customer_id).kyc_status == "VERIFIED"

    def test_leaves_before_and_after_in_the_trail_under_the_persons_key(self, real_db: None) -> None:
        person = someone()
        patch(signed_in(person.user), {"phone": "+44 20 7946 0999"})
        key = Customer.objects.get(id=person.customer_id).data_key
        opened = [box["values"] for _, box in openings_of(person.user.id, personal_key=key)]
        told = {"change.phone.before": "+44 20 7946 0000", "change.phone.after": "+44 20 7946 0999"}
        assert any(told.items() <= values.items() for values in opened)

    @pytest.mark.parametrize(
        "body",
        [{"email": "no address"}, {"email": "a@b"}, {"phone": "call me"}, {"birth_date": "1990-13-01"},
         {"birth_date": "2999-01-01"}, {"birth_date": "0001-01-01"},
         {"given_name": ""}, {"kyc_status": "VERIFIED"}, {"id": "cus_1"}, {"address": "4242 4242 4242 4242"},
         {"given_name": None}, {"family_name": 7}],
    )  # fmt: skip
    def test_refuses_what_is_no_correction_and_says_where(self, real_db: None, body: dict[str, Any]) -> None:
        person = someone()
        answer = patch(signed_in(person.user), body)
        assert answer.status == 400
        assert answer.json["errors"][0]["pointer"] == f"/{next(iter(body))}"
        assert Customer.objects.get(id=person.customer_id).version == 1

    def test_refuses_an_address_somebody_has(self, real_db: None) -> None:
        taken = Customer.objects.get(id=someone().customer_id).email
        answer = patch(signed_in(someone().user), {"email": taken})
        assert (answer.status, answer.json["code"]) == (409, "email_taken")

    def test_says_when_nothing_changes(self, real_db: None) -> None:
        answer = patch(signed_in(someone().user), {"given_name": "Test"})
        assert (answer.status, answer.json["code"]) == (409, "nothing_to_correct")

    def test_asks_for_two_factors(self, real_db: None) -> None:
        answer = patch(signed_in(someone().user, factors=1), {"phone": "+44 20 7946 0999"})
        assert answer.json["code"] == "insufficient_user_authentication"

    def test_verifying_is_asked_by_a_teller_over_the_api(self, real_db: None) -> None:
        person = someone()
        patch(signed_in(person.user), {"family_name": "Newly"})
        teller = signed_in(User.objects.get(id=officer(TELLER).user_id))
        asked = teller.post(f"/customers/{person.customer_id}/verify", {"reason": "passport seen"})
        assert (asked.status, asked.json["status"]) == (202, "PENDING")
        approver = signed_in(User.objects.get(id=officer(APPROVER).user_id))
        assert approver.post(f"/customers/{person.customer_id}/verify", {"reason": "x"}).status == 403


class TestRestriction:
    def put(self, app: OwnApp, body: dict[str, Any]) -> Any:
        return app.client.call("PUT", "/v1/me/restriction", app.token, body, {})

    def test_begins_and_ends_at_the_persons_word(self, real_db: None) -> None:
        app = signed_in(someone().user)
        assert self.put(app, {"ground": "accuracy"}).json["ground"] == "accuracy"
        assert self.put(app, {"ground": "accuracy"}).json["code"] == "restriction_unchanged"
        ended = app.client.call("DELETE", "/v1/me/restriction", app.token, None, {})
        assert ended.json == {"restricted_at": None, "ground": None}
        assert self.put(app, {"ground": "because"}).status == 400

    def test_leaves_the_person_themselves_everything(self, real_db: None) -> None:
        person = someone()
        account = person.account("1.00")
        app = signed_in(person.user)
        self.put(app, {"ground": "objection"})
        assert app.get(f"/accounts/{account.id}").status == 200
        assert app.post("/me/exports").status == 202

    def test_stops_every_third_party(self, real_db: None) -> None:
        person = someone()
        acts = person.app([person.account("1.00")])
        consent = Consent.objects.select_related("client").get(id=acts.consent_id)
        person.user.refresh_from_db()
        facts = {"application": consent.client, "user": person.user, "consent": consent}
        token = AccessToken(**facts, scope="accounts:read", token_checksum="0")
        assert actor_for_token(token).bound_to_consent
        operations.restrict("accuracy", by=person.actor)
        token.user = User.objects.get(id=person.user.id)
        with pytest.raises(UseRestricted):
            actor_for_token(token)
        operations.lift_restriction(by=person.actor)
        token.user = User.objects.get(id=person.user.id)
        assert actor_for_token(token).bound_to_consent

    def test_is_nobody_elses(self, real_db: None) -> None:
        person: Someone = someone()
        operations.restrict("accuracy", by=person.actor)
        assert signed_in(someone().user).get("/me/restriction").json["restricted_at"] is None
