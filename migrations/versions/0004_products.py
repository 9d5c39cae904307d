"""Find what was assigned and answered about a product without reading every row."""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

TABLES = ("assignments", "responses")


def upgrade() -> None:
    for table in TABLES:
        op.create_index(f"ix_{table}_product_id", table, ["product_id"])


def downgrade() -> None:
    for table in TABLES:
        op.drop_index(f"ix_{table}_product_id", table)
