"""Whose a request is, as far as its address tells: what one sender may have is counted by it."""

from __future__ import annotations

import ipaddress

from starlette.requests import HTTPConnection

SHARED = ("", "127.0.0.1", "::/64")
"""Senders behind a proxy of this machine that doesn't say for whom it asks: many, maybe."""

_NETWORK = 64  # bits of an IPv6 address that a provider gives a household; the rest is its own
_LONGEST = 45  # characters of an address


def sender_of(connection: HTTPConnection) -> str:
    """Return who sends a request: see ``sender_at``."""
    return sender_at(connection.client.host if connection.client else "")


def sender_at(host: str) -> str:
    """Return by what a sender at an address is known: of IPv6 the network.

    Whoever has one address there has 2^64 of them, and could be another sender with each request.

    Args:
        host: as the connection, or a proxy, tells it; it may be anything.
    """
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host[:_LONGEST]
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(ipaddress.IPv6Network((int(address), _NETWORK), strict=False))
