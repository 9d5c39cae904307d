"""Registration in depth: who may register and when, offers, guests, questions, answers, what was told once."""

import unicodedata

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

# As SQL, since SQLite takes a new column's CHECK with the column or not at all.
COLUMNS = {
    "events": (
        "room INTEGER",
        "cutoff_minutes INTEGER NOT NULL DEFAULT 120",
        "unanswered VARCHAR(20) NOT NULL DEFAULT 'keep' CHECK (unanswered IN ('keep', 'release'))",
        "guest_names VARCHAR(20) NOT NULL DEFAULT 'none' CHECK (guest_names IN ('none', 'optional', 'required'))",
        "audience VARCHAR(20) NOT NULL DEFAULT 'everyone'"
        " CHECK (audience IN ('everyone', 'members', 'link', 'invited'))",
        "link_code VARCHAR(40) NOT NULL DEFAULT ''",
        "opens_at {instant}",
        "closes_at {instant}",
        "early_opens_at {instant}",
        "early_code VARCHAR(40) NOT NULL DEFAULT ''",
    ),
    "rsvps": (
        "hold_for VARCHAR(20) CHECK (hold_for IN ('address', 'offer'))",
        "cancel_note VARCHAR(300) NOT NULL DEFAULT ''",
        "declined_because VARCHAR(20) NOT NULL DEFAULT ''",
        "still_coming_at {instant}",
        "guest_names JSON",
        "revision INTEGER NOT NULL DEFAULT 0",
    ),
    "members": ("searched VARCHAR(400) NOT NULL DEFAULT ''", "calendar_token VARCHAR(40)"),
}
KINDS = "'text', 'long-text', 'one', 'several', 'number', 'yes-no', 'consent'"


def upgrade() -> None:
    postgresql = op.get_bind().dialect.name == "postgresql"
    instant = "TIMESTAMP WITH TIME ZONE" if postgresql else "DATETIME"
    for table, columns in COLUMNS.items():
        for column in columns:
            op.execute(f"ALTER TABLE {table} ADD COLUMN {column.format(instant=instant)}")
    op.execute("UPDATE rsvps SET hold_for = 'address' WHERE status = 'held'")
    op.create_index("ix_members_calendar_token", "members", ["calendar_token"], unique=True)
    _fill_searched()
    if postgresql:
        op.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    op.create_index(
        "ix_members_searched",
        "members",
        ["searched"],
        postgresql_using="gin",
        postgresql_ops={"searched": "gin_trgm_ops"},
    )
    op.create_table(
        "event_notices",
        sa.Column("event_id", sa.Integer, sa.ForeignKey("events.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("kind", sa.String(20), primary_key=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_table(
        "event_invitees",
        sa.Column("event_id", sa.Integer, sa.ForeignKey("events.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("email", sa.String(254), primary_key=True, index=True),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_table(
        "event_questions",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("event_id", sa.Integer, sa.ForeignKey("events.id", ondelete="CASCADE"), nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("kind", sa.String(20), sa.CheckConstraint(f"kind IN ({KINDS})", name="askedkind"), nullable=False),
        sa.Column("label", sa.String(300), nullable=False),
        sa.Column("choices", sa.JSON, nullable=False),
        sa.Column("required", sa.Boolean, nullable=False),
        sa.Column("sensitive", sa.Boolean, nullable=False),
        sa.Column("only_if_id", sa.Integer, sa.ForeignKey("event_questions.id")),
        sa.Column("only_if_value", sa.String(200), nullable=False),
        sa.UniqueConstraint("event_id", "position"),
    )
    op.create_table(
        "rsvp_answers",
        sa.Column("rsvp_id", sa.Integer, sa.ForeignKey("rsvps.id", ondelete="CASCADE"), primary_key=True),
        sa.Column(
            "question_id",
            sa.Integer,
            sa.ForeignKey("event_questions.id", ondelete="CASCADE"),
            primary_key=True,
            index=True,
        ),
        sa.Column("value", sa.JSON, nullable=False),
    )


def _fill_searched() -> None:
    """Write what is searched of the members who are there; as app/members/rules_people.py does from now on."""
    members = sa.table("members", *map(sa.column, ("id", "display_name", "email", "searched")))
    rows = op.get_bind().execute(sa.select(members.c.id, members.c.display_name, members.c.email)).all()
    filled = sa.update(members).where(members.c.id == sa.bindparam("row")).values(searched=sa.bindparam("words"))
    words = [{"row": row.id, "words": _folded(f"{row.display_name} {row.email or ''}")} for row in rows]
    if words:
        op.get_bind().execute(filled, words)


def _folded(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text.replace("œ", "oe").replace("Œ", "oe"))
    return "".join(c for c in plain if not unicodedata.combining(c)).lower().strip()[:400]


def downgrade() -> None:
    for table in ("rsvp_answers", "event_questions", "event_invitees", "event_notices"):
        op.drop_table(table)
    op.drop_index("ix_members_searched", "members")
    op.drop_index("ix_members_calendar_token", "members")
    for table, columns in COLUMNS.items():
        for column in reversed(columns):
            op.drop_column(table, column.split()[0])
