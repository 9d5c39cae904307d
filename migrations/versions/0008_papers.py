"""Attendance sheets and badges: PDFs that any worker makes and any web process hands out, for a day."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0006"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
KINDS = "'attendance', 'labels-21', 'labels-10', 'labels-8', 'badge-a6'"
STATUSES = "'queued', 'running', 'done', 'failed'"


def upgrade() -> None:
    op.create_table(
        "papers",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column(
            "event_id", sa.Integer, sa.ForeignKey("events.id", ondelete="CASCADE"), nullable=False, index=True
        ),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("locale", sa.String(5), nullable=False),
        sa.Column("requested_at", INSTANT, nullable=False, index=True),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("steps_done", sa.Integer, nullable=False),
        sa.Column("steps_total", sa.Integer, nullable=False),
        sa.Column("started_at", INSTANT),
        sa.Column("finished_at", INSTANT),
        sa.Column("pdf", sa.LargeBinary),
        sa.CheckConstraint(f"kind IN ({KINDS})", name=op.f("ck_papers_paperkind")),
        sa.CheckConstraint(f"status IN ({STATUSES})", name=op.f("ck_papers_paperstatus")),
    )


def downgrade() -> None:
    op.drop_table("papers")
