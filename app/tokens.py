"""Secrets that people and devices carry: ticket codes, links, six-digit codes."""

import base64
import hashlib
import secrets


def new_code() -> str:
    """Return a fresh 128-bit secret as 26 upper-case base32 characters."""
    return base64.b32encode(secrets.token_bytes(16)).decode("ascii").rstrip("=")


def new_link_token() -> str:
    """Return a fresh 192-bit secret that is safe in a URL (32 characters)."""
    return secrets.token_urlsafe(24)


def six_digits() -> str:
    """Return a code that a person can copy from a mail: six decimal digits."""
    return f"{secrets.randbelow(1_000_000):06d}"


def digest(text: str) -> str:
    """Return the SHA-256 of `text` as 64 hexadecimal characters; half a character counts as "?".

    High-entropy secrets need no slow hash; short codes are hashed with their owner's salt.
    """
    return hashlib.sha256(text.encode(errors="replace")).hexdigest()
