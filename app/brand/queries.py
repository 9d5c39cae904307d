"""Reading the brand."""

from __future__ import annotations

from functools import cache, lru_cache
from typing import Any

import sqlalchemy as sa
from flask import g

from app.brand import rules
from app.brand.models import Brand
from app.db import db


def get_brand() -> Brand:
    """Return the brand's settings to read, or the defaults when none are saved: once a request, or a job."""
    if "brand" not in g:
        keep_brand(db.session.get(Brand, 1))
    return g.brand  # type: ignore[no-any-return]


def with_brand(query: sa.Select[*tuple[Any, ...]]) -> sa.Select[*tuple[Any, ...]]:
    """Let a statement that many pages begin with bring the brand along, as its last column, for `keep_brand`."""
    return query.add_columns(Brand).outerjoin(Brand, Brand.id == 1)


def keep_brand(brand: Brand | None) -> None:
    """Keep the brand as it was read, apart from the session, so that a commit does not have it read again."""
    if brand is not None:
        db.session.expunge(brand)
    g.brand = brand or _unsaved()


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
