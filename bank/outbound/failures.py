"""How a call to the outside ends when it ends badly. The text is for developers; it names no address."""


class OutboundFailure(Exception):
    """The call gave nothing that can be used."""


class CallRefused(OutboundFailure):
    """The bank does not call there: the URL, or the address behind its name, is not acceptable."""


class CallFailed(OutboundFailure):
    """The other side could not be reached, was too slow, too long, or answered with the wrong thing."""
