"""The consent page over HTTP: its policy, its caching, its words, its errors."""

from tests.oauth.conftest import World


def policy(headers: dict[str, str]) -> dict[str, str]:
    parts = (part.strip().partition(" ") for part in headers["Content-Security-Policy"].split(";"))
    return {name: sources for name, _, sources in parts}


class TestPolicy:
    def test_lets_the_form_lead_to_the_app_and_nowhere_else(self, world: World) -> None:
        page = world.sign_in().person.open(world.push())
        origin = world.client.redirect_uri.removesuffix("/callback")
        assert policy(dict(page.headers))["form-action"].split() == ["'self'", origin]

    def test_of_the_next_page_knows_no_app(self, world: World) -> None:
        world.sign_in().person.open(world.push())
        page = world.person.open("/oauth/authorize")
        assert policy(dict(page.headers))["form-action"] == "'self'"

    def test_frames_the_page_nowhere(self, world: World) -> None:
        page = world.sign_in().person.open(world.push())
        assert policy(dict(page.headers))["frame-ancestors"] == "'none'"
        assert page.headers["X-Frame-Options"] == "DENY"

    def test_is_kept_in_no_cache(self, world: World) -> None:
        assert "no-store" in world.sign_in().person.open(world.push()).headers["Cache-Control"]


class TestForm:
    def test_ticks_nothing_and_disables_what_cannot_be_shared(self, world: World) -> None:
        page = world.sign_in().person.open(world.push()).text
        assert "checked" not in page
        assert "It is locked" in page

    def test_from_elsewhere_is_refused(self, world: World) -> None:
        url = world.push()
        world.sign_in().person.open(url)
        form = b"decision=share&accounts=box-1"
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Origin": "https://evil.example"}
        assert world.person.transport.send("POST", url, headers, form).status == 403
        assert not world.boxes.granted

    def test_with_nothing_ticked_says_so_and_can_be_sent_again(self, world: World) -> None:
        url = world.push()
        world.sign_in()
        answered = world.person.decide(url, accounts=[])
        assert answered.status == 422
        assert "Choose at least one account" in answered.text
        assert world.person.decide(url, accounts=["box-1"]).status == 303

    def test_with_a_locked_box_ticked_is_refused_and_keeps_the_other_ticks(self, world: World) -> None:
        answered = world.sign_in().person.decide(world.push(), accounts=["box-1", "box-3"])
        assert answered.status == 422
        assert 'value="box-1" checked' in answered.text
        assert not world.boxes.granted

    def test_without_a_decision_shows_the_page_again(self, world: World) -> None:
        answered = world.sign_in().person.submit(world.push(), {"decision": "perhaps", "accounts": ["box-1"]})
        assert answered.status == 422
        assert not world.boxes.granted
