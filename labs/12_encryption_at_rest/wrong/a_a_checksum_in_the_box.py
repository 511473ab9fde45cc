"""The idea: put a checksum of the text beside it, under the encryption, so that a change is noticed.

Still open: nothing is changed. The box with its checksum is whole; it only
lies somewhere else. (GCM noticed changes before, too.)
"""

import hashlib


def seal(text, person, field):
    nonce = os.urandom(12)
    checked = hashlib.sha256(text.encode()).digest() + text.encode()
    return nonce + AESGCM(KEY).encrypt(nonce, checked, None)


def unseal(box, person, field):
    checked = AESGCM(KEY).decrypt(box[:12], box[12:], None)
    if hashlib.sha256(checked[32:]).digest() != checked[:32]:
        raise InvalidTag
    return checked[32:].decode()
