"""Decide what a list changes: who is new, what of a known person it may fill or correct, which consents it adds.

What people wrote themselves stands. Once a person has proved their address, has a password, or has answered a
question here, a list only fills what they left empty. Whom only lists speak of, a later list corrects. In neither
case does an empty cell empty anything, and a reference once noted stays, since every event brings another one.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from app.members.rules_import_lines import ConsentProof, LineRemark, PersonRow
from app.members.rules_import_values import Why


class Change(StrEnum):
    """What the import does with a person."""

    NEW = "new"
    UPDATED = "updated"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class KnownMember:
    """A member as the import sees them; `own` when what is written comes from the person."""

    id: int
    name: str
    city: str
    locale: str
    reference: str
    own: bool


@dataclass(frozen=True, slots=True)
class PlannedPerson:
    """One person of the list: what happens to them, which of name, city, locale and reference it sets to what."""

    row: PersonRow
    change: Change
    known: KnownMember | None
    values: Mapping[str, str]
    consents: tuple[ConsentProof, ...]


def plan_person(
    row: PersonRow,
    known: KnownMember | None,
    answered: Mapping[str, datetime],
    consents: tuple[ConsentProof, ...],
) -> PlannedPerson:
    """Decide what happens to one person.

    `answered` says when they last answered for each purpose: an older proof, or the same one again, adds nothing,
    so that a list never brings back a consent that was withdrawn later.
    """
    newest: dict[str, ConsentProof] = {}
    for proof in sorted(consents, key=lambda proof: proof.at):
        if proof.purpose not in answered or proof.at > answered[proof.purpose]:
            newest[proof.purpose] = proof
    added = tuple(newest.values())
    if known is None:
        return PlannedPerson(row, Change.NEW, None, {}, added)
    values = _differences(row, known)
    change = Change.UPDATED if values or added else Change.UNCHANGED
    return PlannedPerson(row, change, known, values, added)


def _differences(row: PersonRow, known: KnownMember) -> dict[str, str]:
    values = {}
    for what in ("name", "city", "locale", "reference"):
        said, held = getattr(row, what), getattr(known, what)
        correctable = not known.own and what != "reference"
        if said and said != held and (not held or correctable):
            values[what] = said
    return values


def split_consents(
    row: PersonRow, purposes: Collection[str], now: datetime
) -> tuple[tuple[ConsentProof, ...], list[LineRemark]]:
    """Part the consents that can be noted from those that cannot, with the reason for each."""
    good, remarks = [], []
    for proof in row.consents:
        if proof.purpose not in purposes:
            remarks.append(LineRemark(row.number, Why.CONSENT_UNKNOWN, proof.purpose[:80]))
        elif proof.at > now:
            remarks.append(LineRemark(row.number, Why.CONSENT_FUTURE, f"{proof.at:%Y-%m-%d}"))
        else:
            good.append(proof)
    return tuple(good), remarks
