"""Members sorted by name, for the administrators' list, without reading half a million."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

THERE = sa.text("erased_at IS NULL")


def upgrade() -> None:
    op.create_index(
        "ix_members_by_name", "members", ["searched", "id"], sqlite_where=THERE, postgresql_where=THERE
    )


def downgrade() -> None:
    op.drop_index("ix_members_by_name", "members")
