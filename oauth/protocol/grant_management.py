"""What an app may ask to happen to a grant, at the authorization endpoint (Grant Management, 5)."""

from collections.abc import Mapping

from oauth.protocol.failures import InvalidRequest

PARAMETERS = frozenset({"grant_management_action", "grant_id"})
CREATE, REPLACE = "create", "replace"
ACTIONS = (CREATE, REPLACE)


def check(parameters: Mapping[str, str]) -> None:
    """Raise InvalidRequest unless action and grant_id fit together."""
    action, grant_id = parameters.get("grant_management_action"), parameters.get("grant_id")
    if action is None and grant_id is None:
        return
    if action not in ACTIONS:
        raise InvalidRequest("grant_management_action must be create or replace.")
    if (action == REPLACE) != (grant_id is not None):
        raise InvalidRequest("grant_id belongs to the action replace.")
