"""Let the database itself refuse to change facts: scans, ledger, consents, audit, published questions."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

APPEND_ONLY = ("scans", "point_entries", "allocations", "consents", "audit_entries")
PARENT = "(SELECT published_at FROM questionnaires WHERE id = {row}.questionnaire_id) IS NOT NULL"
# (table, event, condition)
PUBLISHED = (
    ("questionnaires", "UPDATE", "OLD.published_at IS NOT NULL"),
    ("questionnaires", "DELETE", "OLD.published_at IS NOT NULL"),
    ("questions", "INSERT", PARENT.format(row="NEW")),
    ("questions", "UPDATE", PARENT.format(row="OLD")),
    ("questions", "DELETE", PARENT.format(row="OLD")),
)
RULES = [(table, event, None) for table in APPEND_ONLY for event in ("UPDATE", "DELETE")] + list(PUBLISHED)


def trigger_name(table: str, event: str) -> str:
    return f"tr_{table}_no_{event.lower()}"


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for table, event, condition in RULES:
            when = f"WHEN {condition} " if condition else ""
            op.execute(
                f"CREATE TRIGGER {trigger_name(table, event)} BEFORE {event} ON {table} FOR EACH ROW {when}"
                f"BEGIN SELECT RAISE(ABORT, '{table} may not change'); END"
            )
        return
    op.execute(
        "CREATE FUNCTION terrain_refuse() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION '% may not change', TG_TABLE_NAME USING ERRCODE = '23514'; END $$"
    )
    op.execute(
        "CREATE FUNCTION terrain_refuse_published() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "IF (SELECT published_at FROM questionnaires WHERE id = "
        "CASE TG_OP WHEN 'INSERT' THEN NEW.questionnaire_id ELSE OLD.questionnaire_id END) IS NOT NULL "
        "THEN RAISE EXCEPTION '% may not change', TG_TABLE_NAME USING ERRCODE = '23514'; END IF; "
        "RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END; END $$"
    )
    for table, event, condition in RULES:
        function = "terrain_refuse_published" if table == "questions" else "terrain_refuse"
        when = f"WHEN ({condition}) " if condition and table == "questionnaires" else ""
        op.execute(
            f"CREATE TRIGGER {trigger_name(table, event)} BEFORE {event} ON {table} FOR EACH ROW {when}"
            f"EXECUTE FUNCTION {function}()"
        )


def downgrade() -> None:
    sqlite = op.get_bind().dialect.name == "sqlite"
    for table, event, _condition in RULES:
        op.execute(sa.text(f"DROP TRIGGER {trigger_name(table, event)}" + ("" if sqlite else f" ON {table}")))
    if not sqlite:
        op.execute("DROP FUNCTION terrain_refuse()")
        op.execute("DROP FUNCTION terrain_refuse_published()")
