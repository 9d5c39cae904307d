"""The brand's settings: one row."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.brand import rules
from app.clock import now
from app.db import Base
from app.media import Picture


class Brand(Base):
    """The one brand. Texts are Markdown in both languages: {"fr": …, "en": …}."""

    __tablename__ = "brands"
    __table_args__ = (sa.CheckConstraint("id = 1", name="single"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(80), default="Terrain")
    tagline: Mapped[dict[str, str]] = mapped_column(sa.JSON, default=dict)
    contact_email: Mapped[str] = mapped_column(sa.String(254), default="")
    default_locale: Mapped[str] = mapped_column(sa.String(5), default="fr")
    ink: Mapped[str] = mapped_column(sa.String(7), default=rules.DEFAULT_INK)
    accent: Mapped[str] = mapped_column(sa.String(7), default=rules.DEFAULT_ACCENT)
    points_colour: Mapped[str] = mapped_column(sa.String(7), default=rules.DEFAULT_POINTS)
    logo_id: Mapped[int | None] = mapped_column(sa.ForeignKey("pictures.id"))
    legal: Mapped[dict[str, str]] = mapped_column(sa.JSON, default=dict)
    house_rules: Mapped[dict[str, str]] = mapped_column(sa.JSON, default=dict)
    updated_at: Mapped[datetime] = mapped_column(default=now, onupdate=now)

    logo: Mapped[Picture | None] = relationship(lazy="joined")
