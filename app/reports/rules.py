"""When a report may be made, restarted or given up, and what its file is called."""

from __future__ import annotations

import hashlib
import re

from app.surveys.rules_privacy import may_show

PIXELS_A_POINT = 4 / 3  # 96 to 72 an inch


def may_follow(answered_since: int, minimum: int) -> bool:
    """Say whether a report may be made when so many people answered since the last one, about anything.

    Two reports side by side show those people as a group, by what changed in between: they must be nobody or
    enough.
    """
    return answered_since == 0 or may_show(answered_since, minimum=minimum)


def file_name(brand: str, slug: str, day: str, locale: str) -> str:
    """Name the PDF so that it is found again: maison-vernay-iced-tea-2026-09-14-fr.pdf."""
    return "-".join(part for part in (brand, slug, day, locale) if part) + ".pdf"


def etag(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:32]


def size_of(svg: str) -> tuple[int, int]:
    """Return an SVG document’s width and height in pixels. Raises ValueError when it does not say them in points."""
    found = re.search(r'<svg[^>]* width="([\d.]+)pt" height="([\d.]+)pt"', svg)
    if found is None:
        raise ValueError("an SVG document without its size in points")
    return round(float(found[1]) * PIXELS_A_POINT), round(float(found[2]) * PIXELS_A_POINT)
