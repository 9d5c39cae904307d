"""The database refuses by itself to change facts: the promises of migrations 0002 and 0010 are there after all.

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

MIGRATIONS = Path(__file__).parent.parent / "migrations/versions"


def promises(name: str = "0002_promises") -> Any:
    """Return a migration as a module; its file name is no name of one."""
    spec = importlib.util.spec_from_file_location("promises", MIGRATIONS / f"{name}.py")
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
    facts, holds = promises(), promises("0010_holds")
    wanted = {facts.trigger_name(table, event) for table, event, _condition in facts.RULES}
    if db.engine.dialect.name == "sqlite":
        wanted |= {holds.trigger_name(when) for when in holds.WHENS}
    assert found == wanted


def test_scans_the_ledger_consents_and_the_journal_are_append_only() -> None:
    facts = {"scans", "point_entries", "allocations", "consents", "audit_entries"}
    refused = {(table, event) for table, event, condition in promises().RULES if condition is None}
    assert refused == {(table, event) for table in facts for event in ("UPDATE", "DELETE")}
