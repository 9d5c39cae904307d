"""Import people from a list: show what it would change, then change it."""

from __future__ import annotations

import secrets
from collections import Counter
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from datetime import time as time_of_day
from typing import Any
from uuid import uuid4

import sqlalchemy as sa

from app import audit
from app.brand.queries import get_brand
from app.db import db, insert_or
from app.errors import Refusal
from app.members.models import Consent, ConsentPurpose, Member
from app.members.models_import import ImportStash
from app.members.queries_import import AUDIT_ACTION, KEPT, batches, find_known, last_answers, own_upload
from app.members.rules_import import ParsedFile, parse_people
from app.members.rules_import_lines import ConsentProof, LineRemark
from app.members.rules_import_plan import Change, PlannedPerson, plan_person, split_consents
from app.members.rules_import_read import FileRefusal
from app.members.rules_import_words import explain_file
from app.members.rules_people import searched_words

_COLUMNS = {"name": "display_name", "city": "city", "locale": "locale", "reference": "external_ref"}


@dataclass(frozen=True)
class ImportResult:
    """How many people are new, updated and unchanged, how many lines were refused, how many consents are added."""

    new: int
    updated: int
    unchanged: int
    refused: int
    consents: int


@dataclass(frozen=True)
class Preview:
    """What an import would do: its figures, each person, and the lines to look at."""

    counts: ImportResult
    people: list[PlannedPerson]
    remarks: list[LineRemark]


def read_people(data: bytes) -> ParsedFile:
    """Read a list of people; Refusal for the field “file” when it cannot be used."""
    try:
        return parse_people(data)
    except FileRefusal as refusal:
        raise Refusal(refusal.problem, explain_file(refusal), "file") from None


def preview_import(parsed: ParsedFile, now: datetime) -> Preview:
    """Say what the import of a list would do, and change nothing."""
    known = find_known([row.key for row in parsed.rows])
    answered = last_answers([member.id for member in known.values()])
    people, remarks = [], list(parsed.remarks)
    for row in parsed.rows:
        consents, bad = split_consents(row, set(ConsentPurpose), now)
        remarks += bad
        member = known.get(row.key)
        people.append(plan_person(row, member, answered.get(member.id, {}) if member else {}, consents))
    changes = Counter(person.change for person in people)
    counts = ImportResult(
        new=changes[Change.NEW],
        updated=changes[Change.UPDATED],
        unchanged=changes[Change.UNCHANGED],
        refused=len(parsed.refused),
        consents=sum(len(person.consents) for person in people),
    )
    return Preview(counts, people, sorted(remarks, key=lambda remark: remark.number))


def import_people(
    parsed: ParsedFile, actor: Member | None, now: datetime, subject: str = "members"
) -> ImportResult:
    """Import a list: make who is new, fill and correct who is known, note the consents that it proves.

    Importing the same list again changes nothing. `actor` is None on the command line; `subject` is what the
    journal names, `about_upload` for a list that was uploaded.
    """
    preview = preview_import(parsed, now)
    _insert([person for person in preview.people if person.change is Change.NEW], now)
    _update([person for person in preview.people if person.values], now)
    _note_consents([person for person in preview.people if person.consents])
    counts = preview.counts
    audit.record(
        AUDIT_ACTION, subject, actor.id if actor else None, source=parsed.source.value, **asdict(counts)
    )
    db.session.flush()
    return counts


def _insert(people: list[PlannedPerson], now: datetime) -> None:
    """Insert new members; whoever signed up since the preview stays as they are."""
    default_locale = get_brand().default_locale
    for batch in batches(people):
        rows: list[dict[str, Any]] = []
        for person in batch:
            row = person.row
            joined = datetime.combine(row.joined_on or now, time_of_day(), UTC)
            rows.append(
                {
                    "email": row.key,
                    "display_name": row.name,
                    "city": row.city,
                    "locale": row.locale or default_locale,
                    "external_ref": row.reference,
                    "fs_uniquifier": uuid4().hex,
                    "created_at": joined if row.joined_on and joined < now else now,
                    "updated_at": now,
                }
            )
        db.session.execute(insert_or(Member).on_conflict_do_nothing(), rows)


def _update(people: list[PlannedPerson], now: datetime) -> None:
    for batch in batches(people):
        rows = [
            {"id": person.known.id, "updated_at": now}
            | {_COLUMNS[what]: to for what, to in person.values.items()}
            | _searched(person)
            for person in batch
            if person.known
        ]
        rows.sort(key=sorted)  # rows that set the same columns travel together
        db.session.execute(sa.update(Member), rows)
    db.session.expire_all()


def _searched(person: PlannedPerson) -> dict[str, str]:
    """A statement for many rows passes the models by, which keep this elsewhere."""
    name = person.values.get("name")
    return {"searched": searched_words(name, person.row.key)} if name else {}


def _note_consents(people: list[PlannedPerson]) -> None:
    members = find_known([person.row.key for person in people])
    # Asked again: a person who signed up since the preview may have answered by themselves.
    answered = last_answers([member.id for member in members.values()])
    rows = []
    for person in people:
        member_id = members[person.row.key].id
        for proof in person.consents:
            last = answered.get(member_id, {}).get(proof.purpose)
            if last is None or proof.at > last:
                rows.append(_consent(member_id, proof))
    for batch in batches(rows):
        db.session.execute(sa.insert(Consent), batch)


def _consent(member_id: int, proof: ConsentProof) -> dict[str, Any]:
    return {
        "member_id": member_id,
        "purpose": ConsentPurpose(proof.purpose),
        "granted": True,
        "wording": proof.wording,
        "wording_version": proof.version,
        "locale": proof.locale,
        "source": proof.source,
        "at": proof.at,
    }


def keep_upload(data: bytes, file_name: str, member: Member, now: datetime) -> ImportStash:
    """Keep an upload for its second step, in place of any other that this person left."""
    db.session.execute(sa.delete(ImportStash).where(ImportStash.member_id == member.id))
    stash = ImportStash(member_id=member.id, file_name=file_name[-120:], content=data, created_at=now)
    # SQLite gives a number again: an old tab would import a file that it never showed.
    stash.id = secrets.randbelow(2**31)
    db.session.add(stash)
    db.session.flush()
    return stash


def take_upload(stash_id: int, member_id: int, now: datetime) -> bytes | None:
    """Forget an upload and return what it held; None when this person has none of that number any more.

    One write, so that of two tabs that confirm at the same moment only one gets the file.
    """
    mine = own_upload(stash_id, member_id, now)
    return db.session.scalar(sa.delete(ImportStash).where(*mine).returning(ImportStash.content))


def drop_old_uploads(now: datetime) -> None:
    """Forget the uploads that nobody came back to within the hour."""
    db.session.execute(sa.delete(ImportStash).where(ImportStash.created_at <= now - KEPT))
