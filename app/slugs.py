"""Addresses that people can read."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from itertools import count


def slugify(text: str, limit: int = 80) -> str:
    """Write a title as an address: "Goûter à l’Île" becomes "gouter-a-l-ile"."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")[:limit].strip("-") or "x"


def free_slug(text: str, is_taken: Callable[[str], bool]) -> str:
    """Return the slug of a text, with "-2", "-3"… when it is taken."""
    slug = slugify(text)
    return next(
        name for number in count(1) if not is_taken(name := slug if number == 1 else f"{slug}-{number}")
    )
