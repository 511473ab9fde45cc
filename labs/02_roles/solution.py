"""Each query says whose; what is somebody else's is not found. A profile has two fields, whatever is sent."""

OWN_FIELDS = ("name", "phone")


def account(user, number):
    found = accounts.get(number)
    return found if found and found["owner"] == user else None


def history(user, number):
    return transactions[number] if account(user, number) else None


def change_profile(user, changes):
    unknown = set(changes) - set(OWN_FIELDS)
    if unknown:
        raise ValueError(f"there is no field {unknown}")
    users[user].update(changes)
    return {field: users[user][field] for field in OWN_FIELDS}
