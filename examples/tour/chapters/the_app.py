"""What the outside app does: ask, read, pay, and be refused where it should be."""

import uuid
from typing import Any

from examples.tour.outside_app import TokenAlone, with_another_key
from examples.tour.scene import Scene
from examples.tour.telling import NotAsPromised, expect, expect_status, said

PAGE = 50
KNOCKS = 700
CHOSEN = ("A1", "A2", "E1")


def reads_the_metadata(scene: Scene) -> str:
    """The bank says about itself what an app must know (RFC 8414), and that it is strict (FAPI 2.0)."""
    found = scene.metadata = scene.app.discover()
    expect(found["issuer"] == scene.demo["issuer"], f"issuer {scene.demo['issuer']}", found["issuer"])
    expect("pushed_authorization_request_endpoint" in found, "PAR", found)
    expect(found.get("code_challenge_methods_supported") == ["S256"], "PKCE with S256 only", found)
    expect("private_key_jwt" in found["token_endpoint_auth_methods_supported"], "private_key_jwt", found)
    expect("dpop_signing_alg_values_supported" in found, "DPoP", found)
    return f"{found['issuer']}: PAR, PKCE, private_key_jwt, DPoP"


def pushes_its_request(scene: Scene) -> str:
    """The app tells the bank directly what it wants (RFC 9126); the browser only carries a reference."""
    scene.consent_page = scene.app.push()
    expect("request_uri=" in scene.consent_page, "a reference to the request", scene.consent_page)
    return "the browser carries a reference only"


def redeems_the_code(scene: Scene) -> str:
    """The code becomes a short-lived token bound to the app's key (RFC 9449)."""
    scene.app.redeem(scene.callback_url)
    token = scene.app.token
    expect(token.id_token, "an ID token", "none")
    return f"DPoP-bound, {token.expires_in} s, ID token and nonce checked"


def sees_only_the_chosen_accounts(scene: Scene) -> str:
    """Of six accounts the app sees the three that were ticked."""
    page = expect_status(scene.app.call("GET", "/accounts"), 200).json()
    seen = {account["id"] for account in page["data"]}
    chosen = {scene.account(name) for name in CHOSEN}
    expect(seen == chosen, f"exactly {sorted(chosen)}", sorted(seen))
    hidden = scene.app.call("GET", f"/accounts/{scene.account('A3')}")
    expect_status(hidden, 404)
    return f"{len(seen)} of {len(scene.alice['accounts'])}; one not chosen answers 404"


def reads_two_pages(scene: Scene) -> str:
    """A long list comes in pages that neither lose nor repeat anything."""
    path = f"/accounts/{scene.account('E1')}/transactions"
    first = expect_status(scene.app.call("GET", path, params={"limit": PAGE}), 200).json()
    expect(first["has_more"] and first["next_cursor"], "more pages", first["has_more"])
    rest = {"limit": PAGE, "cursor": first["next_cursor"]}
    second = expect_status(scene.app.call("GET", path, params=rest), 200).json()
    ids = [each["id"] for page in (first, second) for each in page["data"]]
    expect(len(ids) == len(set(ids)) == 2 * PAGE, f"{2 * PAGE} different transactions", len(set(ids)))
    return f"{len(ids)} transactions, none twice"


def pays(scene: Scene) -> str:
    """Money moves at once, and the answer names the event in the audit log."""
    scene.order = _order(scene, "A1", "A2", "1.00")
    scene.order_key = str(uuid.uuid4())
    before = _available(scene, "A2")
    answer = expect_status(scene.app.pay(scene.order, scene.order_key), 201)
    scene.paid = answer.json()
    scene.event_id = answer.headers.get("Audit-Event-Id", "")
    expect(scene.paid["status"] == "ACCC", "a settled payment, ACCC", scene.paid["status"])
    expect(scene.event_id, "an Audit-Event-Id", dict(answer.headers))
    after = _available(scene, "A2")
    expect(before != after, "another balance at the creditor", f"{before} before and after")
    return f"{scene.paid['id']} ACCC; A2 went from {before} to {after}"


def sends_the_payment_again(scene: Scene) -> str:
    """The answer got lost? The same key gives the same answer and moves nothing."""
    before = _available(scene, "A1")
    again = expect_status(scene.app.pay(scene.order, scene.order_key), 201)
    expect(again.json() == scene.paid, f"the same answer, {scene.paid['id']}", said(again))
    replayed = again.headers.get("Idempotency-Replayed")
    expect(replayed == "true", "Idempotency-Replayed: true", replayed)
    expect(_available(scene, "A1") == before, f"{before} still", _available(scene, "A1"))
    return "the same answer, no second payment"


def reuses_the_key_for_another_payment(scene: Scene) -> str:
    """The same key with another amount is a mistake, and is refused."""
    other = {**scene.order, "amount": {"amount": "2.00", "currency": "GBP"}}
    expect_status(scene.app.pay(other, scene.order_key), 422)
    return "422"


def pays_more_than_there_is(scene: Scene) -> str:
    """What is not there cannot be sent; the bank says why in words and in ISO 20022."""
    answer = expect_status(scene.app.pay(_order(scene, "A1", "A2", "1000000.00"), str(uuid.uuid4())), 422)
    problem = answer.json()
    expect(problem["code"] == "insufficient_funds", "insufficient_funds", said(answer))
    expect(problem["reason_code"] == "AM04", "reason AM04", said(answer))
    return "422 insufficient_funds, AM04"


def pays_back(scene: Scene) -> str:
    """The tour leaves the demo's balances as they were."""
    answer = expect_status(scene.app.pay(_order(scene, "A2", "A1", "1.00"), str(uuid.uuid4())), 201)
    return f"{answer.json()['id']} {answer.json()['status']}"


def asks_for_somebody_elses_account(scene: Scene) -> str:
    """Somebody else's account and one that is not there are the same to an app."""
    bobs = scene.demo["users"]["bob"]["accounts"]["B1"]
    nobodys = "acc_" + "0" * (len(bobs) - len("acc_"))
    theirs, none = (scene.app.call("GET", f"/accounts/{each}") for each in (bobs, nobodys))
    expect_status(theirs, 404)
    expect_status(none, 404)
    expect(_kind(theirs) == _kind(none), f"the same problem for both, {_kind(none)}", _kind(theirs))
    return "404, like one that does not exist"


def loses_its_token_to_a_thief(scene: Scene) -> str:
    """A token is worth nothing without the key it is bound to (RFC 9449)."""
    token = scene.app.token
    for thief in (TokenAlone(token, "Bearer"), TokenAlone(token, "DPoP"), with_another_key(token)):
        expect_status(scene.app.call("GET", "/accounts", auth=thief), 401)
    expect_status(scene.app.call("GET", "/accounts"), 200)
    return "401 as Bearer, without a proof, with another key; 200 with its own"


def sees_a_rival_knock_too_often(scene: Scene) -> str:
    """Another app knocks without pause and is told to wait; Piggy does not notice."""
    scene.rival.discover()
    for knock in range(1, KNOCKS + 1):
        answer = scene.rival.revoke_nothing()
        if answer.status_code == 429:
            pause = answer.headers.get("Retry-After", "")
            expect(pause.isdigit() and int(pause) > 0, "Retry-After in seconds", dict(answer.headers))
            expect_status(scene.app.call("GET", "/accounts"), 200)
            return f"429 at knock {knock}, Retry-After: {pause} s; another app is served as before"
        expect_status(answer, 200)
    raise NotAsPromised(f"429 within {KNOCKS} knocks", said(answer))


def has_lost_its_access(scene: Scene) -> str:
    """The same token that worked a moment ago, and its refresh token, are refused."""
    answer = expect_status(scene.app.call("GET", "/accounts"), 401)
    expect("WWW-Authenticate" in answer.headers, "a challenge", dict(answer.headers))
    renewed = scene.app.try_to_renew()
    expect(renewed == "invalid_grant", "invalid_grant for the refresh token", renewed)
    return "401 for the token, invalid_grant for the refresh token"


def _order(scene: Scene, debtor: str, creditor: str, amount: str) -> dict[str, Any]:
    return {
        "debtor_account": scene.account(debtor),
        "creditor_account": scene.account(creditor),
        "amount": {"amount": amount, "currency": "GBP"},
        "reference": "tour",
    }


def _available(scene: Scene, name: str) -> str:
    path = f"/accounts/{scene.account(name)}/balances"
    balances = expect_status(scene.app.call("GET", path), 200).json()["data"]
    return next(str(each["amount"]["amount"]) for each in balances if each["kind"] == "available")


def _kind(answer: Any) -> tuple[str, ...]:
    problem = answer.json()
    return tuple(str(problem.get(part)) for part in ("type", "title", "status", "code", "detail"))
