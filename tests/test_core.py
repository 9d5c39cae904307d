"""The core: the database's promises, the gate, headers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask import Flask
from flask_migrate import downgrade, upgrade

from app.db import db
from tests.client import Client


def test_migrations_make_the_models_up_and_down_on_both_databases(each_database: Flask) -> None:
    with db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, db.metadata) == []
    downgrade(revision="base")
    assert sa.inspect(db.engine).get_table_names() == ["alembic_version"]
    upgrade()


def test_an_unknown_page_is_404_without_a_database(client: Client, statements: list[str]) -> None:
    response = client.get("/nothing-here")
    assert response.status_code == 404
    assert statements == []
