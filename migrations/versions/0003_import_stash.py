"""Keep an uploaded list of people between its preview and its import."""

import sqlalchemy as sa
from alembic import op

import app.db

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "import_stashes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("file_name", sa.String(length=120), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", app.db.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["members.id"],
            name=op.f("fk_import_stashes_member_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_stashes")),
    )
    op.create_index(op.f("ix_import_stashes_created_at"), "import_stashes", ["created_at"])
    op.create_index(op.f("ix_import_stashes_member_id"), "import_stashes", ["member_id"])


def downgrade() -> None:
    op.drop_table("import_stashes")
