"""Count the tries of a mail in its own row, and keep beside it only those that did not make it leave.

A mail that left says so, and when, by `sent_at`: a second row for each took two of its five statements. Nobody needs
to know any more how often it was tried, so that few rows are counted while registrations wait for the new column.
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        "DELETE FROM message_attempts WHERE error = '' AND finished_at IS NOT NULL"
        " AND message_pk IN (SELECT id FROM messages WHERE sent_at IS NOT NULL)"
    )
    op.add_column("messages", sa.Column("tries", sa.Integer(), server_default="0", nullable=False))
    op.execute(
        "UPDATE messages SET tries = counted.tries"
        " FROM (SELECT message_pk, count(*) AS tries FROM message_attempts GROUP BY message_pk) AS counted"
        " WHERE counted.message_pk = messages.id AND messages.sent_at IS NULL"
    )


def downgrade() -> None:
    op.execute(
        "INSERT INTO message_attempts (message_pk, started_at, finished_at, error)"
        " SELECT id, sent_at, sent_at, '' FROM messages WHERE sent_at IS NOT NULL"
    )
    op.drop_column("messages", "tries")
