"""Members, their roles, the codes that prove an address, and the consent log."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import uuid4

import sqlalchemy as sa
from flask_security.core import RoleMixin, UserMixin
from sqlalchemy.ext.mutable import MutableList
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.clock import now
from app.db import Base, choice
from app.members.rules_people import searched_words

member_roles = sa.Table(
    "member_roles",
    Base.metadata,
    sa.Column("member_id", sa.ForeignKey("members.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("role_id", sa.ForeignKey("roles.id", ondelete="CASCADE"), primary_key=True),
)


class Role(Base, RoleMixin):
    """What a member of staff may do: cm, marketing or admin. A fan has no role."""

    __tablename__ = "roles"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(20), unique=True)
    description: Mapped[str] = mapped_column(sa.String(200), default="")


def _searched(context: Any) -> str:
    values = context.get_current_parameters()
    return searched_words(values["display_name"], values["email"])


class Member(Base, UserMixin):
    """A person: a fan, and perhaps staff too. Erasing one empties the row and keeps its id."""

    __tablename__ = "members"
    __table_args__ = (
        sa.Index(
            "ix_members_searched",
            "searched",
            postgresql_using="gin",
            postgresql_ops={
                "searched": "gin_trgm_ops"
            },  # finds words inside, of any length from three letters
        ),
        sa.Index(
            "ix_members_by_name",
            "searched",
            "id",
            sqlite_where=sa.text("erased_at IS NULL"),
            postgresql_where=sa.text("erased_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    # Normalised, lower case; none for somebody whom a CM noted down without one.
    email: Mapped[str | None] = mapped_column(sa.String(254), unique=True)  # type: ignore[assignment]
    email_confirmed_at: Mapped[datetime | None]
    display_name: Mapped[str] = mapped_column(sa.String(120))
    locale: Mapped[str] = mapped_column(sa.String(5), default="fr")
    city: Mapped[str] = mapped_column(sa.String(120), default="")
    external_ref: Mapped[str] = mapped_column(sa.String(120), default="")
    # Name and address as they are searched: lower case, without accents.
    searched: Mapped[str] = mapped_column(sa.String(400), default=_searched)
    calendar_token: Mapped[str | None] = mapped_column(sa.String(40), index=True, unique=True)
    created_at: Mapped[datetime] = mapped_column(default=now)
    updated_at: Mapped[datetime] = mapped_column(default=now, onupdate=now)
    erased_at: Mapped[datetime | None]

    active: Mapped[bool] = mapped_column(default=True)
    fs_uniquifier: Mapped[str] = mapped_column(sa.String(64), unique=True, default=lambda: uuid4().hex)
    password: Mapped[str | None] = mapped_column(sa.String(255))
    tf_primary_method: Mapped[str | None] = mapped_column(sa.String(64))
    tf_totp_secret: Mapped[str | None] = mapped_column(sa.String(255))
    totp_counter: Mapped[int | None]  # the 30-second step of the last authenticator code, never taken twice
    # Flask-Security takes a used code out of the list in place.
    mf_recovery_codes: Mapped[Any] = mapped_column(MutableList.as_mutable(sa.JSON), default=list)

    roles: Mapped[list[Role]] = relationship(secondary=member_roles)  # type: ignore[assignment]


@sa.event.listens_for(Member, "before_update")
def _keep_searched(_mapper: object, _connection: object, member: Member) -> None:
    member.searched = searched_words(member.display_name, member.email)


class EmailCode(Base):
    """A six-digit code and a link, mailed to an address to prove that it is read by who asked.

    `purpose` is "sign-in" or "rsvp:<id>". The digits are stored hashed with the row's own link digest. A row
    without a member is a decoy: it answers a sign-in with an address that nobody has, and nothing proves it.
    """

    __tablename__ = "email_codes"

    id: Mapped[int] = mapped_column(primary_key=True)
    member_id: Mapped[int | None] = mapped_column(sa.ForeignKey("members.id", ondelete="CASCADE"), index=True)
    purpose: Mapped[str] = mapped_column(sa.String(40))
    link_digest: Mapped[str] = mapped_column(sa.String(64), unique=True)
    code_digest: Mapped[str] = mapped_column(sa.String(64))
    next_path: Mapped[str] = mapped_column(sa.String(500), default="")
    created_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime] = mapped_column(index=True)
    used_at: Mapped[datetime | None]
    failed_tries: Mapped[int] = mapped_column(default=0)

    member: Mapped[Member] = relationship()

    @property
    def mark(self) -> str:
        """What tells this code from another that was given its number since, as SQLite does."""
        return self.link_digest[:16]


class ConsentPurpose(StrEnum):
    """What a person may agree to, one by one."""

    INVITATIONS = "invitations"  # being told about meetups
    PRODUCT_NEWS = "product-news"  # news of the brand's products
    PHOTOS = "photos"  # being seen in pictures of a meetup


class Consent(Base):
    """A yes or a no, as it was asked: append-only. The latest row of a purpose is what holds."""

    __tablename__ = "consents"
    __table_args__ = (sa.Index("ix_consents_member_purpose", "member_id", "purpose", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    member_id: Mapped[int] = mapped_column(sa.ForeignKey("members.id"))
    purpose: Mapped[ConsentPurpose] = mapped_column(choice(ConsentPurpose))
    granted: Mapped[bool]
    wording: Mapped[str] = mapped_column(sa.Text)
    wording_version: Mapped[str] = mapped_column(sa.String(20))
    locale: Mapped[str] = mapped_column(sa.String(5))
    source: Mapped[str] = mapped_column(sa.String(80))  # "rsvp:12", "profile", "import:attendees.csv"
    at: Mapped[datetime] = mapped_column(default=now)
