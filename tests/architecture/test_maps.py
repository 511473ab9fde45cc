"""Every event, error and permission stands in its map, and nothing stands there that does not exist."""

from audit.kinds import KINDS
from bank.access import roles
from bank.access.permissions import all_permissions
from bank.problems import all_errors
from tests.architecture.source import ROOT, recorded_kinds, string_literals


class TestAuditKinds:
    def test_what_is_recorded_is_in_the_map(self) -> None:
        recorded = {kind for kind in recorded_kinds() if "." in kind}
        assert recorded <= set(KINDS)

    def test_what_is_in_the_map_is_recorded(self) -> None:
        assert set(KINDS) - string_literals(but="audit/kinds.py") == set()

    def test_each_kind_reads_noun_dot_past_verb_and_has_a_meaning(self) -> None:
        for kind, meaning in KINDS.items():
            noun, dot, verb = kind.partition(".")
            assert all([noun, dot, verb, str(meaning)])


class TestErrors:
    def test_every_error_has_a_title_and_a_code_of_its_own(self) -> None:
        errors = list(all_errors())
        assert len(errors) > 8
        assert [e for e in errors if not (e.__doc__ or "").strip()] == []
        codes = [e.code for e in errors]
        assert sorted(set(codes)) == sorted(codes)

    def test_every_error_is_in_the_reference(self) -> None:
        page = (ROOT / "docs/reference/errors.md").read_text()
        assert [e.code for e in list(all_errors()) if f"`{e.code}`" not in page] == []


class TestPermissions:
    def test_roles_hold_only_permissions_that_exist(self) -> None:
        held = frozenset().union(*roles.ROLES.values())
        assert held <= set(all_permissions())

    def test_every_permission_is_held_by_some_role(self) -> None:
        held = frozenset().union(*roles.ROLES.values())
        assert set(all_permissions()) - held == set()

    def test_the_platform_admin_can_neither_move_money_nor_approve(self) -> None:
        forbidden = {name for name in all_permissions() if name.startswith(("payments:", "approvals:"))}
        assert not forbidden & roles.ROLES[roles.PLATFORM_ADMIN]

    def test_every_permission_is_in_the_reference(self) -> None:
        page = (ROOT / "docs/reference/permissions.md").read_text()
        assert [name for name in all_permissions() if f"`{name}`" not in page] == []
