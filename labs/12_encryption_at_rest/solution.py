"""What is sealed is sealed for its place: table, row and column are authenticated with the content."""


def place(person, field):
    """Name a place, without doubt where one part ends and the next begins."""
    return json.dumps(["customers", person, field]).encode()


def seal(text, person, field):
    nonce = os.urandom(12)
    return nonce + AESGCM(KEY).encrypt(nonce, text.encode(), place(person, field))


def unseal(box, person, field):
    return AESGCM(KEY).decrypt(box[:12], box[12:], place(person, field)).decode()
