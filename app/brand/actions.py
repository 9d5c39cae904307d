"""Changing the brand."""

from __future__ import annotations

from datetime import datetime

from flask import g

from app.audit import record
from app.brand.models import Brand
from app.brand.queries import default_brand
from app.db import db
from app.media import Picture


def save_brand(
    values: dict[str, object], logo: Picture | None, remove_logo: bool, by_id: int | None, now: datetime
) -> Brand:
    """Write the brand's settings; `logo` replaces the one there is, `remove_logo` takes it away."""
    brand = db.session.get(Brand, 1)
    if brand is None:
        brand = default_brand()
        db.session.add(brand)
    for name, value in values.items():
        setattr(brand, name, value)
    if logo or remove_logo:
        brand.logo = logo
    brand.updated_at = now
    db.session.flush()
    g.pop("brand", None)  # what was read before
    record("brand.change", "brand:1", by_id)
    return brand
