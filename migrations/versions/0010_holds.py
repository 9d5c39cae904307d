"""Let the database itself see to it that a hold says what it is for, and that a seat or a place in line is no hold.

SQLite adds a CHECK to a table by making the table anew: dropping `rsvps`, whose answers go with its rows, while another
process may be writing. A trigger refuses the same and touches nothing.
"""

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

GOOD = (
    "(status <> 'held' OR hold_for IS NOT NULL)"
    " AND (status NOT IN ('confirmed', 'waitlisted') OR hold_for IS NULL)"
)
WHENS = {"insert": "INSERT", "update": "UPDATE OF status, hold_for"}


def trigger_name(when: str) -> str:
    return f"tr_rsvps_hold_for_{when}"


def upgrade() -> None:
    # An address that is proven waits for no proof: its seat was offered.
    op.execute(
        "UPDATE rsvps SET hold_for = CASE WHEN email_proven THEN 'offer' ELSE 'address' END"
        " WHERE status = 'held' AND hold_for IS NULL"
    )
    op.execute(
        "UPDATE rsvps SET hold_for = NULL WHERE status IN ('confirmed', 'waitlisted') AND hold_for IS NOT NULL"
    )
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"ALTER TABLE rsvps ADD CONSTRAINT ck_rsvps_hold_for CHECK ({GOOD})")
        return
    written = GOOD.replace("status", "NEW.status").replace("hold_for", "NEW.hold_for")
    for name, event in WHENS.items():
        op.execute(
            f"CREATE TRIGGER {trigger_name(name)} BEFORE {event} ON rsvps FOR EACH ROW WHEN NOT ({written}) "
            "BEGIN SELECT RAISE(ABORT, 'CHECK constraint failed: ck_rsvps_hold_for'); END"
        )


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE rsvps DROP CONSTRAINT ck_rsvps_hold_for")
        return
    for name in WHENS:
        op.execute(f"DROP TRIGGER {trigger_name(name)}")
