"""Reading the brand."""

from __future__ import annotations

from functools import cache, lru_cache

from flask import g

from app.brand import rules
from app.brand.models import Brand
from app.db import db


def get_brand() -> Brand:
    """Return the brand's settings, or the defaults when none are saved; read once a request."""
    if "brand" not in g:
        g.brand = db.session.get(Brand, 1) or _unsaved()
    return g.brand  # type: ignore[no-any-return]


@cache
def _unsaved() -> Brand:
    """Return the defaults to read, made once and never let go.

    Python 3.11 crashed while it collected an instance that no session knows together with a thousand that one had
    loaded, in a loop of references such as a template makes.
    """
    return default_brand()


def default_brand() -> Brand:
    """Return the settings of a brand that has chosen nothing yet (not in the session)."""
    return Brand(
        id=1,
        name="Terrain",
        tagline={},
        contact_email="",
        default_locale="fr",
        ink=rules.DEFAULT_INK,
        accent=rules.DEFAULT_ACCENT,
        points_colour=rules.DEFAULT_POINTS,
        legal={},
        house_rules={},
        logo=None,
    )


def palette_of(brand: Brand) -> dict[str, str]:
    """Return every colour derived from the brand's three, by name, for mails and PDFs."""
    return _palette(brand.ink, brand.accent, brand.points_colour)


@lru_cache(maxsize=2)  # the same for thousands of mails
def _palette(ink: str, accent: str, points: str) -> dict[str, str]:
    return rules.palette(ink, accent, points)
