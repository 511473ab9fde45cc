"""What can go wrong with keys and ciphertexts. No answer to a request: each is a fault or an attack."""

from django.core.exceptions import ImproperlyConfigured


class KeyRingInvalid(ImproperlyConfigured):
    """The master keys are missing, short, doubled or badly written: the bank does not start."""


class CannotOpen(Exception):
    """The ciphertext is damaged, was moved from another place, or its key is not on the ring."""


class KeyDestroyed(CannotOpen):
    """The data key that could open this was destroyed: the person was erased."""


class PlaintextRefused(TypeError):
    """A value reached the database layer without being sealed; it was not written."""


class KeysNotWritable(Exception):
    """The master keys cannot be changed where they are kept."""
