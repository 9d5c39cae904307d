"""Who did what: an append-only log of what staff changed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from app.clock import now
from app.db import Base, db
from app.i18n import _l

# What each action is called, after the name of who did it. Entries are kept for ever: so are these words.
DEEDS = {
    "brand.change": _l("changed the brand’s settings"),
    "chapter.change": _l("changed a chapter"),
    "chapter.create": _l("opened a chapter"),
    "check-in.redo": _l("checked somebody in again"),
    "check-in.undo": _l("undid a check-in"),
    "event.cancel": _l("called an event off"),
    "event.change": _l("changed an event"),
    "event.create": _l("wrote an event"),
    "event.overbook": _l("set how many may register for the seats"),
    "event.publish": _l("published an event"),
    "member.erase": _l("erased their account"),
    "members.import": _l("imported people"),
    "people.export": _l("downloaded an event’s list of people"),
    "people.message": _l("wrote to an event’s people"),
    "question.add": _l("added a question to an event"),
    "question.change": _l("changed an event’s question"),
    "question.remove": _l("removed an event’s question"),
    "report.request": _l("asked for a report"),
    "reward.hand-over": _l("handed a reward over"),
    "reward.save": _l("saved a reward"),
    "role.add": _l("gave a role"),
    "role.remove": _l("took a role back"),
    "rsvp.add": _l("added somebody to an event"),
    "rsvp.cancel": _l("gave somebody’s seat away"),
    "rsvp.promote": _l("gave a seat out of turn"),
    "slot.add": _l("added a slot to an event"),
    "slot.change": _l("changed a slot"),
    "slot.remove": _l("removed a slot"),
    "staff.reset": _l("let a member of staff begin again"),
    "token.create": _l("made a token for a program"),
    "token.revoke": _l("revoked a token"),
    "webhook.create": _l("set up a webhook"),
    "webhook.end": _l("ended a webhook"),
    "study.close": _l("closed a product test"),
    "study.create": _l("began a product test"),
    "study.open": _l("opened a product test"),
    "study.publish": _l("published a questionnaire"),
}


class AuditEntry(Base):
    """One act of a member of staff, or of the system when `actor_id` is null. Holds no personal data but ids."""

    __tablename__ = "audit_entries"
    __table_args__ = (sa.Index("ix_audit_entries_subject", "subject"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(default=now)
    actor_id: Mapped[int | None] = mapped_column(sa.ForeignKey("members.id"))
    action: Mapped[str] = mapped_column(sa.String(60))  # one of DEEDS
    subject: Mapped[str] = mapped_column(sa.String(60))  # "event:12"
    details: Mapped[dict[str, Any]] = mapped_column(sa.JSON, default=dict)

    @property
    def words(self) -> str:
        """What was done, in the reader's language."""
        return str(DEEDS.get(self.action, self.action))


def record(action: str, subject: str, actor_id: int | None, **details: Any) -> None:
    """Add an entry to the current transaction. `details` are JSON values without personal data."""
    db.session.add(AuditEntry(action=action, subject=subject, actor_id=actor_id, details=details))
