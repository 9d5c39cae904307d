"""Keep what a mail is written from, so that it is written when it leaves."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("messages", sa.Column("context", sa.JSON(none_as_null=True), nullable=True))


def downgrade() -> None:
    """What was not written yet loses its words: it must not leave empty."""
    op.execute("UPDATE messages SET status = 'dropped' WHERE context IS NOT NULL AND status = 'queued'")
    op.drop_column("messages", "context")
