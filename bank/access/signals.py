"""What the doors tell whoever listens. The audit trail does; this room knows nothing of it.

Each is sent with `request`, `actor` (or None), and what was refused. A receiver that raises makes the request
fail closed: an attempt that cannot be recorded is not answered as if it had been.
"""

from django.dispatch import Signal

access_denied = Signal()  # request, actor, permission, reason
limit_hit = Signal()  # request, actor, door, key
ip_refused = Signal()  # request, actor, rule, reason
