"""The ledger of points (append-only), the lots that points are spent from, and what they buy."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.clock import now
from app.db import Base, choice
from app.members.models import Member


class Rule(StrEnum):
    """Why points moved."""

    CHECK_IN = "check-in"
    RESPONSE = "response"
    REDEMPTION = "redemption"
    EXPIRY = "expiry"
    REVERSAL = "reversal"


class Wallet(Base):
    """A member's balance: Σ of the ledger's lines, and Σ of what is left in the lots. Its row locks every change."""

    __tablename__ = "wallets"
    __table_args__ = (sa.CheckConstraint("balance >= 0", name="balance"),)

    member_id: Mapped[int] = mapped_column(sa.ForeignKey("members.id"), primary_key=True)
    balance: Mapped[int] = mapped_column(default=0)


class PointEntry(Base):
    """A line of the ledger: append-only. UNIQUE(member, rule, source) lets one fact pay once.

    `points` is signed; `tier_points` count for the tier and are never spent. A reversal names the line it undoes.
    """

    __tablename__ = "point_entries"
    __table_args__ = (
        sa.UniqueConstraint("member_id", "rule", "source"),
        # Undoing points that were spent long ago may find nothing to take back.
        sa.CheckConstraint("points <> 0 OR rule = 'reversal'", name="points"),
        sa.CheckConstraint("(rule = 'reversal') = (reverses_id IS NOT NULL)", name="reversal"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    member_id: Mapped[int] = mapped_column(sa.ForeignKey("members.id"))
    rule: Mapped[Rule] = mapped_column(choice(Rule))
    source: Mapped[str] = mapped_column(sa.String(60))  # "check-in:12:1", "response:40", "redemption:7"
    points: Mapped[int]
    tier_points: Mapped[int] = mapped_column(default=0)
    at: Mapped[datetime] = mapped_column(default=now)
    label: Mapped[str] = mapped_column(sa.String(200), default="")  # the event's or reward's title
    reverses_id: Mapped[int | None] = mapped_column(sa.ForeignKey("point_entries.id"), unique=True)


class Lot(Base):
    """Points earned by one line, until they are spent or expire. Never below zero."""

    __tablename__ = "lots"
    __table_args__ = (
        sa.CheckConstraint("points > 0 AND remaining >= 0 AND remaining <= points", name="remaining"),
        sa.Index("ix_lots_member_id_expires_at", "member_id", "expires_at", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    member_id: Mapped[int] = mapped_column(sa.ForeignKey("members.id"))
    entry_id: Mapped[int] = mapped_column(sa.ForeignKey("point_entries.id"), unique=True)
    points: Mapped[int]
    remaining: Mapped[int]
    expires_at: Mapped[datetime] = mapped_column(index=True)


class Allocation(Base):
    """How many points a line took from a lot, or gave back to it when negative. Append-only."""

    __tablename__ = "allocations"
    __table_args__ = (
        sa.UniqueConstraint("entry_id", "lot_id"),
        sa.CheckConstraint("points <> 0", name="points"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    entry_id: Mapped[int] = mapped_column(sa.ForeignKey("point_entries.id"))
    lot_id: Mapped[int] = mapped_column(sa.ForeignKey("lots.id"), index=True)
    points: Mapped[int]


class Reward(Base):
    """What points buy, with a stock that can never be overdrawn."""

    __tablename__ = "rewards"
    __table_args__ = (
        sa.CheckConstraint("cost > 0", name="cost"),
        sa.CheckConstraint("redeemed >= 0 AND redeemed <= stock", name="stock"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[dict[str, str]] = mapped_column(sa.JSON)  # {"fr": …, "en": …}
    description: Mapped[dict[str, str]] = mapped_column(sa.JSON, default=dict)
    picture_id: Mapped[int | None] = mapped_column(sa.ForeignKey("pictures.id"))
    cost: Mapped[int]
    stock: Mapped[int]
    redeemed: Mapped[int] = mapped_column(default=0)
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime] = mapped_column(default=now)


class Redemption(Base):
    """A reward taken by a member; its code is scanned on site when it is handed over."""

    __tablename__ = "redemptions"

    id: Mapped[int] = mapped_column(primary_key=True)
    member_id: Mapped[int] = mapped_column(sa.ForeignKey("members.id"), index=True)
    reward_id: Mapped[int] = mapped_column(sa.ForeignKey("rewards.id"))
    # Made with the form, so that a second tap buys nothing.
    request_key: Mapped[str] = mapped_column(sa.String(40), unique=True)
    code: Mapped[str] = mapped_column(sa.String(26), unique=True)
    cost: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(default=now)
    handed_over_at: Mapped[datetime | None]
    handed_over_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("members.id"))
    cancelled_at: Mapped[datetime | None]

    reward: Mapped[Reward] = relationship(lazy="joined", innerjoin=True)
    member: Mapped[Member] = relationship(foreign_keys=[member_id])
