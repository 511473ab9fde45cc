"""What the customer does: alice signs in, shares three accounts, and changes her mind."""

from examples.tour.browser import Form, sign_in
from examples.tour.chapters.the_app import CHOSEN
from examples.tour.scene import Scene
from examples.tour.telling import expect


def signs_in(scene: Scene) -> str:
    """Alice proves who she is, at the bank and nowhere else."""
    scene.browser.open(scene.consent_page)
    asked = sign_in(scene.browser, scene.alice)
    scene.connected_before = _ways_to_stop(scene)
    return f"as {scene.alice['username']}, with {asked}"


def shares_three_accounts(scene: Scene) -> str:
    """Nothing is ticked beforehand; alice chooses, and the browser goes back to the app."""
    scene.browser.open(scene.consent_page)
    form = scene.browser.form_with("accounts", "decision")
    buttons, boxes = form.offered["decision"], form.offered["accounts"]
    chosen = [scene.account(name) for name in CHOSEN]
    expect({"share", "refuse"} <= set(buttons), "both share and refuse", buttons)
    expect(set(chosen) <= set(boxes), f"a box for each of {chosen}", boxes)
    scene.browser.submit(form, accounts=chosen, decision="share")
    scene.callback_url = scene.browser.sent_away_to
    promised = scene.demo["clients"]["piggy"]["redirect_uri"]
    expect(scene.callback_url.startswith(promised + "?"), f"a way back to {promised}", scene.browser.words())
    return f"{len(chosen)} of {len(scene.alice['accounts'])} accounts chosen"


def stops_sharing(scene: Scene) -> str:
    """Alice opens Connected apps and stops what she allowed above; nobody asks why."""
    ours = _ways_to_stop(scene) - scene.connected_before
    expect(len(ours) == 1, "one new app in the list", sorted(ours))
    stop = ours.pop()
    scene.browser.open(stop)
    scene.browser.submit(_form_to(stop, scene))
    expect(stop not in _ways_to_stop(scene), "the app to be gone from the list", scene.browser.words())
    return "two clicks at /account/apps/"


def _ways_to_stop(scene: Scene) -> set[str]:
    scene.browser.open("/account/apps/")
    expect(scene.browser.page.ok, "the page of connected apps", scene.browser.words())
    return {link for link in scene.browser.links() if _is_stop(link)}


def _form_to(stop: str, scene: Scene) -> Form:
    forms = [
        form for form in scene.browser.forms() if (form.action or stop) == stop and form.method == "post"
    ]
    expect(forms, "a question with a button", scene.browser.words())
    return forms[0]


def _is_stop(link: str) -> bool:
    return link.startswith("/account/apps/") and link.endswith("/stop/")
