"""Names for addresses and keys, made from what people write."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable


def slug(text: str, longest: int = 80, between: str = "-") -> str:
    """Write a title as lower-case ASCII words: "Goûter à l’Île" becomes "gouter-a-l-ile". May be empty."""
    plain = unicodedata.normalize("NFKD", text.replace("œ", "oe").replace("Œ", "oe"))
    words = re.findall(r"[a-z0-9]+", "".join(c for c in plain if not unicodedata.combining(c)).lower())
    return between.join(words)[:longest].rstrip(between)


def free_name(wanted: str, is_taken: Callable[[str], bool], between: str = "-") -> str:
    """Return `wanted`, or the first of wanted-2, wanted-3… that is not taken."""
    number, name = 1, wanted
    while is_taken(name):
        number += 1
        name = f"{wanted}{between}{number}"
    return name
