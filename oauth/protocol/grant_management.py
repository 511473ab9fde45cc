"""What an app may ask to happen to a grant, at the authorization endpoint (Grant Management, 5)."""

from collections.abc import Mapping

from oauth.protocol.failures import InvalidRequest

PARAMETERS = frozenset({"grant_management_action", "grant_id"})
CREATE, REPLACE, MERGE = "create", "replace", "merge"
ACTIONS = (CREATE, REPLACE, MERGE)


def check(parameters: Mapping[str, str]) -> None:
    """Raise InvalidRequest unless action and grant_id fit together."""
    action, grant_id = parameters.get("grant_management_action"), parameters.get("grant_id")
    if action is None and grant_id is None:
        return
    if action not in ACTIONS:
        raise InvalidRequest("grant_management_action must be create, replace or merge.")
    if (action == CREATE) != (grant_id is None):
        raise InvalidRequest("grant_id belongs to the actions replace and merge.")
    if action == MERGE and "authorization_details" in parameters:
        raise InvalidRequest("merge adds scopes: what they are about is chosen on the bank's page.")
