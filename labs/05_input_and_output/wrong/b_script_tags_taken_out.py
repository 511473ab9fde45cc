"""The idea: scripts come in script tags; take them out where they come in.

Still open: an image that cannot be loaded runs `onerror`; and what
is taken out of the middle joins its two ends.
"""

import re


def read_reference(body):
    return re.sub(r"(?i)</?script>", "", body["reference"])


def shown(text):
    return text
