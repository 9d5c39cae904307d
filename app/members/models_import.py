"""An uploaded list of people, kept while an administrator looks at what it would change."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from app.clock import now
from app.db import Base


class ImportStash(Base):
    """The bytes of one upload, for the person who sent it, for an hour.

    In the database, so that any web process can show the second step. Nothing refers to it and it is dropped when
    it is used, given up or too old: personal data does not stay because somebody closed a tab.
    """

    __tablename__ = "import_stashes"

    id: Mapped[int] = mapped_column(primary_key=True)
    member_id: Mapped[int] = mapped_column(sa.ForeignKey("members.id", ondelete="CASCADE"), index=True)
    file_name: Mapped[str] = mapped_column(sa.String(120))
    content: Mapped[bytes] = mapped_column(sa.LargeBinary)
    created_at: Mapped[datetime] = mapped_column(default=now, index=True)
