"""Reading the brand."""

from __future__ import annotations

from flask import g

from app.brand.models import Brand
from app.db import db


def get_brand() -> Brand:
    """Return the brand's settings, or the defaults when none are saved; read once a request."""
    if "brand" not in g:
        g.brand = db.session.get(Brand, 1) or default_brand()
    return g.brand  # type: ignore[no-any-return]


def default_brand() -> Brand:
    """Return the settings of a brand that has chosen nothing yet (not in the session)."""
    return Brand(
        id=1, name="Terrain", tagline={}, contact_email="", default_locale="fr", ink="#17402f",
        accent="#b4472b", points_colour="#f2b632", legal={}, house_rules={}, logo=None,
    )
