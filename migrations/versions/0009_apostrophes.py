"""Names are searched without apostrophes, as app/members/rules_people.py writes them from now on."""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

SIGNS = ("’", "''", "ʼ")  # as SQL quotes them


def upgrade() -> None:
    for sign in SIGNS:
        op.execute(
            f"UPDATE members SET searched = replace(searched, '{sign}', '') WHERE searched LIKE '%{sign}%'"  # noqa: S608
        )


def downgrade() -> None:
    """Leave them: the words are found as well."""
