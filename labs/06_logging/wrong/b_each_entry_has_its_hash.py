"""The idea: a hash in each entry, so that none can be changed.

Still open: an entry that is gone has no hash that is wrong. And
whoever can write the entry can write its hash.
"""

import hashlib


def record(kind, name):
    text = json.dumps([f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S}", kind, name])
    with open(LOG, "a") as log:
        log.write(json.dumps([text, hashlib.sha256(text.encode()).hexdigest()]) + "\n")


def entries():
    with open(LOG) as log:
        return [json.loads(json.loads(line)[0])[1:] for line in log]


def continues(kept):
    with open(LOG) as log:
        pairs = [json.loads(line) for line in log]
    return all(hashlib.sha256(text.encode()).hexdigest() == digest for text, digest in pairs)
