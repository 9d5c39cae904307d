"""The database refuses by itself to change facts: each promise of migration 0002 is there after all migrations.

On SQLite a table that Alembic alters is made anew and loses its triggers, which nobody would notice before the day
that they are needed.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask import Flask

from app.db import db

MIGRATION = Path(__file__).parent.parent / "migrations/versions/0002_promises.py"


def promises() -> Any:
    """Return the migration as a module; its file name is no name of one."""
    spec = importlib.util.spec_from_file_location("promises", MIGRATION)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_each_promise_is_in_the_database(each_database: Flask) -> None:
    catalog = {
        "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'",
        "postgresql": "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal",
    }
    found = set(db.session.scalars(sa.text(catalog[db.engine.dialect.name])))
    migration = promises()
    assert found == {migration.trigger_name(table, event) for table, event, _condition in migration.RULES}


def test_scans_the_ledger_consents_and_the_journal_are_append_only() -> None:
    facts = {"scans", "point_entries", "allocations", "consents", "audit_entries"}
    refused = {(table, event) for table, event, condition in promises().RULES if condition is None}
    assert refused == {(table, event) for table in facts for event in ("UPDATE", "DELETE")}
