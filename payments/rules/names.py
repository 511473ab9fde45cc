"""What a name must have."""


def is_a_name(text: str) -> bool:
    """Return whether there is a letter of any script in it: digits and marks alone name nobody."""
    return any(character.isalpha() for character in text)
