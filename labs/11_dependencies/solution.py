"""Pin the bytes: whatever pip finds, and wherever, it installs
what has this digest, and nothing without one.
"""

REQUIREMENTS = f"bank-money==1.0 --hash=sha256:{SHA256}\n"


def options():
    return ["--require-hashes"]
