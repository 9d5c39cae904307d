"""What a webhook is sent, how it is signed, and where it may not be sent."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
from collections.abc import Iterable
from datetime import timedelta
from urllib.parse import urlsplit

LEASE = timedelta(minutes=3)  # after which a claimed delivery is another worker's to send
WAITS = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 240, 720, 1440))  # then give up
KEPT = timedelta(days=30)
STEP_SECONDS = 10  # the longest wait for an answer's next bytes
DEADLINE_SECONDS = 30  # for the whole conversation: less than the lease, however slowly somebody answers
SIGNATURE = "Terrain-Signature"


def signature(secret: str, timestamp: int, body: bytes) -> str:
    """Return the header that proves a body to be ours: `t` is when it was sent, `v1` the HMAC-SHA256 of "t.body"."""
    signed = hmac.new(secret.encode(), f"{timestamp}.".encode() + body, hashlib.sha256)
    return f"t={timestamp},v1={signed.hexdigest()}"


def is_target(url: str, *, anywhere: bool) -> bool:
    """Tell whether an address can be a webhook's: https and a name, unless `anywhere` (in development)."""
    try:
        parts = urlsplit(url)
        _port = parts.port
    except ValueError:
        return False
    if not parts.hostname or parts.username or parts.password or parts.fragment or not url.isascii():
        return False
    if any(character <= " " for character in url):
        return False
    if anywhere:
        return parts.scheme in {"http", "https"}
    return parts.scheme == "https" and _is_public_name(parts.hostname)


def _is_public_name(host: str) -> bool:
    try:
        return is_public([host])
    except ValueError:
        return "." in host.strip(".") and not host.endswith((".local", ".internal", ".localhost"))


def is_public(addresses: Iterable[str]) -> bool:
    """Tell whether all IP addresses are on the public network, none of them our own or our neighbours'."""
    return all(_is_public(ipaddress.ip_address(address.partition("%")[0])) for address in addresses)


def _is_public(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)
        if inner is not None:
            return _is_public(inner)
        if address in ipaddress.ip_network("64:ff9b::/96"):  # an IPv4 address behind a translator
            return _is_public(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
    return address.is_global and not address.is_multicast
