"""The idea: verify all; but a certificate renewed a day late must not
lock customers out, so try once more, more leniently.

Still open: to make the strict try fail is the easy part of the attack.
"""


def ask(port, ca_file):
    try:
        return over_tls(port, context(ca_file))
    except OSError:
        return read(http.client.HTTPConnection("localhost", port, timeout=PATIENCE_SECONDS))
