"""Reading the brand."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache, lru_cache
from typing import Any

import sqlalchemy as sa
from flask import g
from sqlalchemy.orm import make_transient_to_detached

from app.brand import rules
from app.brand.models import Brand
from app.db import db
from app.media import Picture

# Plain columns, for every page reads them: an entity is made of them when they are new. Texts stay as they are stored.
BRAND, LOGO = Brand.__table__, sa.alias(Picture.__table__, "logo")
SETTINGS = [sa.cast(c, sa.Text).label(c.name) if isinstance(c.type, sa.JSON) else c for c in BRAND.c]
OF_LOGO = [LOGO.c.id, LOGO.c.digest, LOGO.c.width, LOGO.c.height]
WIDTH = len(SETTINGS) + len(OF_LOGO)


def get_brand() -> Brand:
    """Return the brand's settings to read, or the defaults when none are saved: once a request, or a job."""
    if "brand" not in g:
        keep_brand(db.session.connection().execute(_alone()).first() or (None,))
    return g.brand  # type: ignore[no-any-return]


@cache
def _alone() -> sa.Select[*tuple[Any, ...]]:
    brand = sa.select(*SETTINGS, *OF_LOGO).select_from(BRAND).where(BRAND.c.id == 1)
    return brand.outerjoin(LOGO, LOGO.c.id == BRAND.c.logo_id)


def with_brand(query: sa.Select[*tuple[Any, ...]], beside: Any) -> sa.Select[*tuple[Any, ...]]:
    """Let a statement that many pages begin with bring the brand along, in its last columns, for `keep_brand`.

    `beside` is what the statement reads first.
    """
    query = query.add_columns(*SETTINGS, *OF_LOGO).outerjoin_from(
        beside, BRAND, BRAND.c.id == sa.literal_column("1")
    )
    return query.outerjoin_from(BRAND, LOGO, LOGO.c.id == BRAND.c.logo_id)


def keep_brand(row: Sequence[Any]) -> None:
    """Keep the brand that stands in the last columns of a row, so that nothing has it read again."""
    settings = tuple(row[-WIDTH:])
    g.brand = _unsaved() if settings[0] is None else _brand_of(settings)


@cache  # each brand there was since this process began is one object
def _brand_of(row: tuple[Any, ...]) -> Brand:
    """Return a brand to read, made once for what is in its columns and never let go.

    Python 3.11 crashed while it collected an instance that no session knows together with a thousand that one had
    loaded, in a loop of references such as a template makes.
    """
    values = dict(zip(BRAND.c.keys(), row, strict=False))
    texts = {c.name: json.loads(values[c.name]) for c in BRAND.c if isinstance(c.type, sa.JSON)}
    logo = dict(zip((c.name for c in OF_LOGO), row[len(SETTINGS) :], strict=True))
    brand = Brand(**values | texts, logo=Picture(**logo) if logo["id"] is not None else None)
    for read in filter(None, (brand, brand.logo)):
        make_transient_to_detached(read)  # what was not read raises, and is not taken for empty
    return brand


@cache
def _unsaved() -> Brand:
    """Return the defaults to read, made once and never let go, as those that were saved."""
    return default_brand()


def get_logo(brand: Brand) -> bytes | None:
    """Return the brand's logo as WebP, or None when it has none."""
    if brand.logo is None:
        return None
    return db.session.scalar(sa.select(Picture.content).where(Picture.id == brand.logo.id))


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
