"""Mutual TLS (RFC 8705): through a proxy's header, behind a real nginx, and with the bank's own handshake."""
