"""Masked by default; one field in clear for a purpose and a case, seen by its person and by the auditor."""

import datetime as dt
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from accounts.models import Customer
from bank.access.roles import APPROVER, AUDITOR, COMPLIANCE, SUPPORT, TELLER
from bank.privacy.masks import masked
from bank.privacy.register import table
from oauth.errors import ConfirmationOver
from oauth.models import User
from oauth.operations.confirmations import ask_confirmation
from privacy import operations
from privacy.errors import FieldNotMasked, UnmaskingNotAllowed
from privacy.models import Unmasking
from tests.audit.conftest import Log, log_of_a_bank, seal
from tests.pages.conftest import Browser, Person, cheap_hashing, make_person
from tests.support.customers import open_customer_for, someone
from tests.support.own_app import OwnApp, signed_in
from tests.support.signed_in import in_session
from tests.support.staff import officer

__all__ = ["cheap_hashing", "log_of_a_bank"]  # fixtures
CASE = {"purpose": "complaint", "case_number": "CASE-4711"}


def staff(role: str, *, factors: int = 2) -> OwnApp:
    return signed_in(User.objects.get(id=officer(role).user_id), factors=factors)


class TestMasked:
    def test_by_default_for_every_role_that_sees_customers(self, real_db: None) -> None:
        person = someone()
        customer = Customer.objects.get(id=person.customer_id)
        for role in (SUPPORT, TELLER, APPROVER, COMPLIANCE, AUDITOR):
            shown = staff(role).get(f"/customers/{customer.id}").json
            for field in table("accounts.Customer").about_the_person():
                assert shown[field.name] == masked(getattr(customer, field.name), field.mask)
            assert str(customer.email) not in str(shown)

    def test_says_what_is_restricted(self, real_db: None) -> None:
        person = someone()
        operations.restrict("accuracy", by=person.actor)
        assert (
            staff(SUPPORT).get(f"/customers/{person.customer_id}").json["restriction"]["ground"] == "accuracy"
        )

    def test_is_for_staff_alone(self, real_db: None) -> None:
        person = someone()
        assert signed_in(person.user).get(f"/customers/{person.customer_id}").status == 403
        assert staff(SUPPORT).get("/customers/cus_1").status == 404


class TestUnmask:
    def test_shows_one_field_and_until_when(self, real_db: None) -> None:
        person = someone()
        seen = staff(SUPPORT).post(f"/customers/{person.customer_id}/unmaskings", {"field": "phone", **CASE})
        assert (seen.status, seen.json["value"]) == (201, "+44 20 7946 0000")
        assert seen.headers["Audit-Event-Id"]
        kept = Unmasking.objects.get(customer=person.customer_id)
        assert (kept.field, kept.role, kept.case_number) == ("phone", SUPPORT, "CASE-4711")
        assert kept.expires_at - kept.began_at == dt.timedelta(minutes=10)

    @pytest.mark.parametrize(
        ("role", "field", "allowed"),
        [(SUPPORT, "email", True), (SUPPORT, "birth_date", False), (SUPPORT, "address", False),
         (TELLER, "birth_date", True), (COMPLIANCE, "address", True), (AUDITOR, "email", False),
         (APPROVER, "phone", False)],
    )  # fmt: skip
    def test_is_as_far_as_the_role_goes(self, real_db: None, role: str, field: str, allowed: bool) -> None:
        person, by = someone(), officer(role)
        if allowed:
            assert operations.unmask(person.customer_id, field, **CASE, by=by).field == field
        else:
            with pytest.raises(UnmaskingNotAllowed):
                operations.unmask(person.customer_id, field, **CASE, by=by)
            assert not Unmasking.objects.filter(customer=person.customer_id).exists()

    def test_refused_is_recorded(self, real_db: None) -> None:
        person = someone()
        refused = staff(SUPPORT).post(
            f"/customers/{person.customer_id}/unmaskings", {"field": "address", **CASE}
        )
        assert (refused.status, refused.json["code"]) == (422, "unmasking_not_allowed")
        assert refused.headers["Audit-Event-Id"]

    def test_asks_for_a_fresh_second_factor(self, real_db: None) -> None:
        person = someone()
        refused = staff(TELLER, factors=1).post(
            f"/customers/{person.customer_id}/unmaskings", {"field": "email", **CASE}
        )
        assert refused.status in {401, 403}
        assert not Unmasking.objects.filter(customer=person.customer_id).exists()

    @pytest.mark.parametrize(
        "changes",
        [{"field": "data_key"}, {"field": "kyc_status"}, {"purpose": "curiosity"}, {"case_number": ""},
         {"case_number": "my friend"}, {"case_number": "CASE-4711\n"}, {"more": "x"}],
    )  # fmt: skip
    def test_needs_a_field_a_purpose_and_a_case(self, real_db: None, changes: dict[str, Any]) -> None:
        person = someone()
        body = {"field": "email", **CASE, **changes}
        assert staff(TELLER).post(f"/customers/{person.customer_id}/unmaskings", body).status == 400

    def test_of_a_field_that_is_not_masked_is_refused(self, real_db: None) -> None:
        with pytest.raises(FieldNotMasked):
            operations.unmask(someone().customer_id, "data_key", **CASE, by=officer(COMPLIANCE))

    def test_of_restricted_data_is_for_a_legal_duty_alone(self, real_db: None) -> None:
        person, by = someone(), officer(COMPLIANCE)
        operations.restrict("legal_claim", by=person.actor)
        with pytest.raises(UnmaskingNotAllowed, match="the customer restricted") as refused:
            operations.unmask(person.customer_id, "email", **CASE, by=by)
        assert "role" not in refused.value.title()  # it is not the role that is in the way
        assert operations.unmask(
            person.customer_id, "email", purpose="duty", case_number="A" * 2 + "-1", by=by
        )

    def test_is_for_some_minutes_says_the_database(self, real_db: None) -> None:
        seen = operations.unmask(someone().customer_id, "email", **CASE, by=officer(TELLER))
        seen.id, seen._state.adding = "", True
        seen.pk = None
        seen.expires_at = seen.began_at + dt.timedelta(hours=1)
        with pytest.raises(IntegrityError, match="short_time"), transaction.atomic():
            Unmasking.objects.bulk_create([seen])

    def test_is_confirmed_once_for_one_look(self, real_db: None) -> None:
        person, by = someone(), in_session(officer(TELLER))
        asked = ask_confirmation(digest="d" * 64, by=by)
        given = {"confirmation_id": asked.id, "digest": asked.digest, "by": by}
        wanted = {"customer_id": person.customer_id, "field": "email", **CASE}
        assert operations.unmask_confirmed(wanted, **given).field == "email"
        with pytest.raises(ConfirmationOver):
            operations.unmask_confirmed(wanted, **given)

    def test_is_counted(self, real_db: None, settings: Any) -> None:
        settings.RATE_LIMIT_FACTOR = 1
        person, app = someone(), staff(TELLER)
        path, body = f"/customers/{person.customer_id}/unmaskings", {"field": "email", **CASE}
        assert {app.post(path, body).status for _ in range(31)} == {201, 429}


class TestPages:
    """The same in the browser, and what the customer sees of it."""

    def ask(self, browser: Browser, clerk: Person, customer: str, **fields: str) -> Any:
        path = f"/staff/customers/{customer}/unmask/"
        page = browser.send(path, {"field": "phone", **CASE, **fields})
        if page.status_code != 200:
            return page
        carried = {"field": "phone", **CASE, **fields, "confirmation": page.context["asked"].id}
        carried |= {"code": clerk.code(step=1), "csrfmiddlewaretoken": str(page.context["csrf_token"])}
        headers = {"referer": "https://testserver/"}
        return browser.post(f"{path}show/", carried, secure=True, headers=headers)

    def test_show_a_field_after_a_second_factor_and_tell_the_customer(self, log_of_a_bank: Log) -> None:
        clerk, browser, person = make_person(SUPPORT, totp=True), Browser(), make_person(totp=True)
        customer = open_customer_for(person.user)
        browser.sign_in(clerk)
        page = self.ask(browser, clerk, customer.customer_id)
        assert "+44 20 7946 0000" in page.content.decode()
        seal()
        own = Browser()
        own.sign_in(person)
        told = own.get("/account/data/").content.decode()
        assert "CASE-4711" in told
        assert SUPPORT in told
        assert clerk.user.username not in told

    def test_show_nothing_for_a_wrong_code_or_another_field(self, db: None) -> None:
        clerk, browser, person = make_person(SUPPORT, totp=True), Browser(), someone()
        browser.sign_in(clerk)
        assert self.ask(browser, clerk, person.customer_id, field="birth_date").status_code == 422
        path = f"/staff/customers/{person.customer_id}/unmask/"
        page = browser.send(path, {"field": "phone", **CASE})
        carried = {
            "field": "email",
            **CASE,
            "confirmation": page.context["asked"].id,
            "code": clerk.code(step=1),
        }
        carried["csrfmiddlewaretoken"] = str(page.context["csrf_token"])
        answer = browser.post(
            f"{path}show/", carried, secure=True, headers={"referer": "https://testserver/"}
        )
        assert answer.status_code == 422
        assert not Unmasking.objects.filter(customer=person.customer_id).exists()

    def test_are_for_who_may(self, db: None) -> None:
        browser = Browser()
        browser.sign_in(make_person(AUDITOR, totp=True))
        assert browser.get(f"/staff/customers/{someone().customer_id}/unmask/").status_code == 403
