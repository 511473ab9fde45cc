"""The admin: who gets in, who sees which page, and what each write leaves behind."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.contrib import admin
from django.db import connections
from django.db.models import Model
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from approvals.models import Approval
from approvals.operations import approve
from audit.actor import system
from bank.access import ip_gate, permissions, roles
from bank.access.models import IpRule
from bank.privacy.masks import masked_email, masked_words
from bank.site.role_bound_admin import RoleBoundAdmin
from oauth.errors import OwnRightsUnchangeable
from oauth.models import User
from oauth.operations.logins import change_login
from payments.models import FeeRule, FxRate
from tests.pages.conftest import Browser, Person, make_person
from tests.support.staff import officer

Make = Callable[..., Person]

pytestmark = [pytest.mark.usefixtures("db"), pytest.mark.django_db(databases=["default", "reader"])]

PAGES = sorted(
    (f"/admin/{model._meta.app_label}/{model._meta.model_name}/", page.view_permission)
    for model, page in admin.site._registry.items()
)
STAFF = sorted(roles.STAFF_ROLES)


@pytest.fixture
def staff(browser: Browser) -> Callable[..., Browser]:
    def sign_in(*held: str) -> Browser:
        browser.sign_in(make_person(*held, totp=True))
        return browser

    return sign_in


class TestDoor:
    def test_leads_a_stranger_to_sign_in(self, browser: Browser) -> None:
        answer = browser.get("/admin/", follow=True)
        assert answer.redirect_chain[-1][0] == "/login/?next=%2Fadmin%2F"

    def test_has_no_password_form_of_its_own(self, browser: Browser, person: Make) -> None:
        someone = person(roles.SUPPORT)
        browser.post(
            "/admin/login/", {"username": someone.user.username, "password": someone.password}, secure=True
        )
        assert browser.get("/admin/").status_code == 302

    def test_is_closed_to_customers(self, browser: Browser, person: Make) -> None:
        browser.sign_in(person(roles.CUSTOMER, totp=True))
        assert browser.get("/admin/", follow=True).status_code == 403

    def test_leads_staff_without_a_second_factor_to_enrol(self, browser: Browser, person: Make) -> None:
        browser.sign_in(person(roles.SUPPORT))
        answer = browser.get("/admin/", follow=True)
        assert answer.redirect_chain[-1][0] == "/account/security/"
        assert "Staff need a second factor" in answer.content.decode()

    def test_asks_staff_who_did_not_use_their_factor_in_this_session(
        self, browser: Browser, person: Make
    ) -> None:
        from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret

        someone = person(roles.SUPPORT)
        browser.sign_in(someone)
        someone.totp_secret = generate_totp_secret()
        TOTP.activate(someone.user, someone.totp_secret)
        answer = browser.get("/admin/", follow=True)
        assert answer.redirect_chain[-1][0].startswith("/account/security/confirm/code/?next=")
        browser.send("/account/security/confirm/code/", {"code": someone.code()})
        assert browser.get("/admin/").status_code == 200

    @pytest.mark.parametrize("role", STAFF)
    def test_opens_to_each_kind_of_staff(self, staff: Callable[..., Browser], role: str) -> None:
        assert staff(role).get("/admin/").status_code == 200

    def test_closes_with_the_role(self, browser: Browser, person: Make) -> None:
        someone = person(roles.SUPPORT, totp=True)
        browser.sign_in(someone)
        change_login(someone.user.id, roles=[], is_active=True, by=system("test"))
        assert browser.get("/admin/accounts/account/").status_code == 302


class TestPages:
    def test_are_those_of_the_bank_alone(self) -> None:
        assert all(isinstance(page, RoleBoundAdmin) for page in admin.site._registry.values())
        assert len(PAGES) >= 8

    def test_name_a_row_by_its_id_and_never_as_an_object(self) -> None:
        assert [model for model in admin.site._registry if model.__str__ is Model.__str__] == []
        assert str(Approval(pk="apr_7")) == "apr_7"

    def test_each_name_a_permission_that_exists(self) -> None:
        assert {permission for _, permission in PAGES} <= set(permissions.all_permissions())

    @pytest.mark.parametrize("role", STAFF)
    def test_open_to_exactly_the_roles_that_hold_the_permission(
        self, staff: Callable[..., Browser], role: str
    ) -> None:
        browser = staff(role)
        opened = {path: browser.get(path).status_code == 200 for path, _ in PAGES}
        assert opened == {path: permission in roles.ROLES[role] for path, permission in PAGES}

    @pytest.mark.parametrize("filtered", ["status__exact=%00", "status__exact=a&status__exact=%00", "q=%00"])
    def test_refuse_a_filter_that_is_no_text(self, staff: Callable[..., Browser], filtered: str) -> None:
        browser = staff(roles.SUPPORT)
        browser.raise_request_exception = False
        assert browser.get(f"/admin/payments/payment/?{filtered}").status_code == 400

    def test_refuse_a_step_that_says_no_text(self, staff: Callable[..., Browser]) -> None:
        browser = staff(roles.COMPLIANCE)
        browser.raise_request_exception = False
        page = "/admin/watch/rulesetting/break_glass/change/"
        assert browser.send(page, {"step": "change", "change_reason": "\x00"}).status_code == 400

    def test_refuse_a_row_of_which_no_id_is_sent(self, staff: Callable[..., Browser]) -> None:
        browser = staff(roles.TELLER)
        browser.raise_request_exception = False
        chosen = {"action": "ask_to_freeze", "_selected_action": "acc_1", "index": "0"}
        assert browser.send("/admin/accounts/account/", chosen).status_code == 400

    @pytest.mark.parametrize("role", STAFF)
    def test_let_nobody_add_what_is_made_elsewhere(self, staff: Callable[..., Browser], role: str) -> None:
        browser = staff(role)
        may_add = {f"{path}add/" for path, _ in PAGES if browser.get(f"{path}add/").status_code == 200}
        theirs = {
            f"/admin/{made_here}/add/"
            for made_here in ("bank_access/iprule", "oauth/initialaccesstoken", "oauth/apikey")
        }
        asked_for = {f"/admin/payments/{name}/add/" for name in ("fxrate", "feerule")}  # and then approved
        expected = {roles.PLATFORM_ADMIN: theirs, roles.TELLER: asked_for}
        may_ask = permissions.BREAK_GLASS_ASK in roles.ROLES[role]
        glass = {"/admin/oauth/breakglass/add/"} if may_ask else set()
        assert may_add == expected.get(role, set()) | glass

    def test_carry_the_strict_policy_and_nothing_inline(self, staff: Callable[..., Browser]) -> None:
        browser = staff(*STAFF)
        for path, _ in [("/admin/", ""), *PAGES, ("/admin/bank_access/iprule/add/", "")]:
            answer = browser.get(path)
            page = answer.content.decode()
            assert "script-src 'self';" in answer["Content-Security-Policy"] + ";"
            assert "<style" not in page
            assert " style=" not in page
            assert "<script>" not in page
            assert " onclick=" not in page


class TestIpRules:
    @pytest.fixture(autouse=True)
    def _gate_reads_them_anew(self) -> Iterator[None]:
        ip_gate.forget()
        yield
        ip_gate.forget()

    def test_are_added_with_a_trace(
        self, staff: Callable[..., Browser], traces: list[dict[str, Any]]
    ) -> None:
        browser, others = staff(roles.PLATFORM_ADMIN), set(IpRule.objects.all())
        traces.clear()
        fields = {
            "effect": "deny",
            "scope": "everything",
            "network": "203.0.113.0/24",
            "reason": "a scanner",
        }
        assert browser.send("/admin/bank_access/iprule/add/", fields).status_code == 302
        (added,) = set(IpRule.objects.all()) - others
        assert added.created_by is not None
        assert [trace["kind"] for trace in traces] == ["ip_rule.added"]

    @pytest.mark.parametrize(
        ("effect", "scope", "network", "said"),
        [
            ("deny", "everything", "10.0.0.0/8", "shut you out: you work from 10."),
            ("deny", "admin", "10.0.0.0/8", "shut you out: you work from 10."),
            ("allow", "admin", "203.0.113.0/24", "shut you out: you work from 10."),
            ("allow", "everything", "10.0.0.0/8", "Only the admin has a list"),
        ],
    )
    def test_do_not_lock_out_who_makes_them_nor_all_customers(
        self, staff: Callable[..., Browser], effect: str, scope: str, network: str, said: str
    ) -> None:
        browser, others = staff(roles.PLATFORM_ADMIN), set(IpRule.objects.all())
        fields = {"effect": effect, "scope": scope, "network": network, "reason": "a slip"}
        answer = browser.send("/admin/bank_access/iprule/add/", fields)
        assert (answer.status_code, set(IpRule.objects.all())) == (200, others)
        assert said in answer.content.decode()
        assert "Constraint" not in answer.content.decode()

    def test_are_not_removed_when_that_locks_out_who_does_it(self, staff: Callable[..., Browser]) -> None:
        browser = staff(roles.PLATFORM_ADMIN)
        made = {"effect": "allow", "scope": "admin", "reason": "the office"}
        own = IpRule.objects.create(**made, network=f"{browser.defaults['REMOTE_ADDR']}/32")
        other = IpRule.objects.create(**made, network="203.0.113.0/24")
        chosen = {"action": "delete_selected", "_selected_action": own.pk, "post": "yes"}
        for path, fields in (
            (f"/admin/bank_access/iprule/{own.pk}/delete/", {"post": "yes"}),
            ("/admin/bank_access/iprule/", chosen),
        ):
            answer = browser.send(path, fields)
            assert "shut you out: you work from 10." in answer.content.decode()
        assert {own, other} <= set(IpRule.objects.all())
        for rule in (other, own):
            browser.send(f"/admin/bank_access/iprule/{rule.pk}/delete/", {"post": "yes"})
        assert not {own, other} & set(IpRule.objects.all())

    def test_are_not_added_when_the_trace_cannot_be_written(
        self, staff: Callable[..., Browser], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from audit.operations import TrailUnavailable
        from oauth.pages import trail

        def broken(*_: Any, **__: Any) -> None:
            raise TrailUnavailable

        browser, others = staff(roles.PLATFORM_ADMIN), set(IpRule.objects.all())
        monkeypatch.setattr(trail.audit, "record", broken)
        fields = {
            "effect": "deny",
            "scope": "everything",
            "network": "203.0.113.0/24",
            "reason": "a scanner",
        }
        assert browser.send("/admin/bank_access/iprule/add/", fields).status_code == 503
        assert set(IpRule.objects.all()) == others

    def test_are_removed_with_a_trace(
        self, staff: Callable[..., Browser], traces: list[dict[str, Any]]
    ) -> None:
        others = set(IpRule.objects.all())
        rule = IpRule.objects.create(effect="deny", network="203.0.113.0/24", reason="a scanner")
        browser = staff(roles.PLATFORM_ADMIN)
        traces.clear()
        path = reverse("admin:bank_access_iprule_delete", args=[rule.pk])
        assert browser.send(path, {"post": "yes"}).status_code == 302
        assert set(IpRule.objects.all()) == others
        assert [trace["kind"] for trace in traces] == ["ip_rule.removed"]

    def test_cannot_be_edited(self, staff: Callable[..., Browser]) -> None:
        rule = IpRule.objects.create(effect="deny", network="203.0.113.0/24", reason="a scanner")
        path = reverse("admin:bank_access_iprule_change", args=[rule.pk])
        page = staff(roles.PLATFORM_ADMIN).get(path).content.decode()
        assert 'name="_save"' not in page


class TestLogins:
    def test_get_roles_once_somebody_else_approves(self, staff: Callable[..., Browser], person: Make) -> None:
        someone = person(roles.CUSTOMER)
        path = f"/admin/oauth/user/{someone.user.pk}/change/"
        answer = staff(roles.PLATFORM_ADMIN).send(path, {"roles": ["support", "teller"], "is_active": "on"})
        assert answer.status_code == 302
        assert User.objects.get(pk=someone.user.pk).roles == [roles.CUSTOMER]
        asked = Approval.objects.get(target_id=someone.user.pk)
        assert (asked.before, asked.after) == ({"roles": ["customer"]}, {"roles": ["support", "teller"]})
        approve(asked.id, digest=asked.payload_digest, by=officer(roles.APPROVER))
        assert User.objects.get(pk=someone.user.pk).roles == ["support", "teller"]

    def test_are_not_approved_by_who_would_get_them(
        self, staff: Callable[..., Browser], person: Make
    ) -> None:
        approver = officer(roles.APPROVER)
        path = f"/admin/oauth/user/{approver.user_id}/change/"
        staff(roles.PLATFORM_ADMIN).send(path, {"roles": ["platform_admin"], "is_active": "on"})
        asked = Approval.objects.get(target_id=approver.user_id)
        with pytest.raises(OwnRightsUnchangeable):
            approve(asked.id, digest=asked.payload_digest, by=approver)
        assert User.objects.get(pk=approver.user_id).roles == [roles.APPROVER]

    def test_never_show_a_password_hash(self, staff: Callable[..., Browser], person: Make) -> None:
        path = reverse("admin:oauth_user_change", args=[person().user.pk])
        assert "argon2" not in staff(roles.PLATFORM_ADMIN).get(path).content.decode()

    def test_do_not_change_their_own(self, browser: Browser) -> None:
        someone = make_person(roles.PLATFORM_ADMIN, totp=True)
        browser.sign_in(someone)
        path = reverse("admin:oauth_user_change", args=[someone.user.pk])
        browser.send(path, {"roles": ["auditor"], "is_active": "on"})
        assert User.objects.get(pk=someone.user.pk).roles == [roles.PLATFORM_ADMIN]

    def test_are_only_read_by_an_auditor(self, staff: Callable[..., Browser], person: Make) -> None:
        someone = person(roles.CUSTOMER)
        path = reverse("admin:oauth_user_change", args=[someone.user.pk])
        staff(roles.AUDITOR).send(path, {"roles": ["support"], "is_active": "on"})
        assert User.objects.get(pk=someone.user.pk).roles == [roles.CUSTOMER]


class TestAuditViewer:
    def test_reads_by_the_readers_own_login(self, staff: Callable[..., Browser]) -> None:
        browser = staff(roles.AUDITOR)
        with CaptureQueriesContext(connections["reader"]) as asked:
            assert browser.get("/admin/audit/leaf/").status_code == 200
        assert any('FROM "audit"."leaf"' in query["sql"] for query in asked)

    def test_records_that_it_was_read(
        self, staff: Callable[..., Browser], traces: list[dict[str, Any]]
    ) -> None:
        browser = staff(roles.AUDITOR)
        traces.clear()
        browser.get("/admin/audit/leaf/")
        assert [trace["kind"] for trace in traces] == ["audit.read"]


class TestMasks:
    def test_keep_first_letters_only(self) -> None:
        assert masked_words("Alice Martin") == "A•••• M•••••"
        assert masked_words("") == "–"
        assert masked_email("alice@example.com") == "a••••@e••••.com"
        assert masked_email(None) == "–"


class TestKeys:
    @pytest.mark.parametrize("role", STAFF)
    def test_are_listed_for_those_who_may_know_them(self, staff: Callable[..., Browser], role: str) -> None:
        answer = staff(role).get("/admin/keys/")
        may = permissions.KEYS_READ in roles.permissions_of([role])
        assert answer.status_code == (200 if may else 403)
        assert (b"/admin/keys/" in staff(role).get("/admin/").content) == may

    def test_are_named_and_never_shown(self, staff: Callable[..., Browser], settings: Any) -> None:
        page = staff(roles.AUDITOR).get("/admin/keys/").content.decode()
        assert "AES-256-GCM" in page
        assert "PS256" in page
        assert "harbour.bank/audit+" in page
        for entry in settings.MASTER_KEYS.split(","):
            assert entry.split(":")[1] not in page


class TestTerms:
    def test_a_rate_or_a_fee_asked_for_there_waits_for_somebody_else(
        self, staff: Callable[..., Browser]
    ) -> None:
        rate = {"unit_currency": "PLN", "quoted_currency": "CZK", "rate": "5.83"}
        fee = {"kind": "fx", "currency": "PLN", "fixed": 100, "basis_points": 0, "least": 0, "most": ""}
        browser = staff(roles.TELLER)
        for path, form in (("fxrate", rate), ("feerule", fee)):
            answer = browser.send(f"/admin/payments/{path}/add/", form)
            assert answer.status_code == 302, answer.content.decode()
        waiting = Approval.objects.filter(target_id__in=["PLN-CZK", "fx-PLN"], status="PENDING")
        assert {approval.operation for approval in waiting} == {"fx.rate", "fee.set"}
        assert not FxRate.objects.filter(id="PLN-CZK").exists()
        assert not FeeRule.objects.filter(id="fx-PLN").exists()
