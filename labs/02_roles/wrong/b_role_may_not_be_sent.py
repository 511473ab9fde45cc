"""The idea: a profile takes anything but the role.

Still open: whatever else decides. Today it is a field somebody adds next year; here,
the role under a name that the code that reads it takes for the same.
"""


def change_profile(user, changes):
    forbidden = {"role"}
    cleaned = {name.strip().lower(): value for name, value in changes.items() if name not in forbidden}
    users[user].update(cleaned)
    return users[user]
