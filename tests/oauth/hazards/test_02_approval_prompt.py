"""Hazard 2: `approval_prompt=auto`, sent by the client, skips the consent page of stock DOT."""

from tests.oauth.conftest import World


class TestApprovalPrompt:
    def test_in_the_url_skips_no_consent_page(self, world: World) -> None:
        world.tokens()
        page = world.person.open(world.push() + "&approval_prompt=auto")
        assert page.status == 200

    def test_in_the_pushed_request_skips_no_consent_page(self, world: World) -> None:
        world.tokens()
        page = world.person.open(world.push(approval_prompt="auto"))
        assert page.status == 200
