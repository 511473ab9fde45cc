"""What the customer does: alice signs in, shares three accounts, and changes her mind."""

from examples.tour.browser import sign_in
from examples.tour.chapters.the_app import CHOSEN
from examples.tour.scene import Scene
from examples.tour.telling import expect


def signs_in(scene: Scene) -> str:
    """Alice proves who she is, at the bank and nowhere else."""
    scene.browser.open(scene.consent_page)
    asked = sign_in(scene.browser, scene.alice)
    return f"as {scene.alice['username']}, with {asked}"


def shares_three_accounts(scene: Scene) -> str:
    """Nothing is ticked beforehand; alice chooses, and the browser goes back to the app."""
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
    """Alice opens Connected apps and stops the newest connection: two clicks at most, and nobody asks why."""
    scene.browser.open("/account/apps/")
    for click in (1, 2):
        stop = next((form for form in scene.browser.forms() if form.action.endswith("/stop/")), None)
        expect(stop or click > 1, "a way to stop at /account/apps/", scene.browser.words())
        if stop is None:
            break
        scene.browser.submit(stop)
    expect(scene.browser.page.ok, "the page of connected apps", scene.browser.words())
    return "at /account/apps/"
