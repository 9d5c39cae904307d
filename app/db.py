"""The database: session, base class, column types, the one commit at the edge."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from enum import StrEnum
from functools import cache, partial
from typing import Any, cast

import click
import sqlalchemy as sa
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, Session, make_transient, make_transient_to_detached, registry
from sqlalchemy.orm.exc import StaleDataError
from sqlalchemy.types import TypeDecorator
from werkzeug.local import LocalProxy

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}


class UtcDateTime(TypeDecorator[datetime]):
    """An instant: aware in Python, UTC in the database. A naive datetime is a bug and raises ValueError."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("naive datetime")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def choice(enum: type[StrEnum], name: str = "") -> sa.Enum:
    """Return a column type that stores a StrEnum's values as text, checked by the database under a name."""
    return sa.Enum(
        enum,
        name=name or enum.__name__.lower(),
        native_enum=False,
        create_constraint=True,
        length=20,
        values_callable=lambda members: [member.value for member in members],
    )


class Base(DeclarativeBase):
    """Base of all models."""

    registry = registry(
        metadata=sa.MetaData(naming_convention=NAMING), type_annotation_map={datetime: UtcDateTime}
    )


db = SQLAlchemy(model_class=Base, disable_autonaming=True)


def init_app(app: Flask) -> None:
    db.init_app(app)
    app.extensions["migrate"] = LocalProxy(partial(_migrations, app))
    app.cli.add_command(MigrationCommands("db", help="Change the tables, or show how they came to be."))
    with app.app_context():
        if db.engine.dialect.name == "sqlite":
            sa.event.listen(db.engine, "connect", _set_sqlite_pragmas)
        else:
            from app.postgres import connect

            sa.event.listen(db.engine, "do_connect", connect)


class MigrationCommands(click.Command):
    """`flask db …`, which Flask-Migrate brings, and Alembic with it, when it is called: the web process never does."""

    def make_context(self, *arguments: Any, **options: Any) -> click.Context:
        from flask_migrate.cli import db as commands  # type: ignore[import-not-found]

        context: click.Context = commands.make_context(*arguments, **options)
        return context


def _migrations(app: Flask) -> Any:
    """Give Flask-Migrate what it asks of an application, once it does."""
    from flask_migrate import Migrate

    Migrate(app, db, directory="migrations", compare_type=True, render_as_batch=True)
    return app.extensions["migrate"]


def _set_sqlite_pragmas(connection: Any, _record: Any) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=NORMAL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.execute("PRAGMA busy_timeout=60000")
    cursor.close()


def insert_or(model: Any) -> Any:
    """Return an INSERT that can say `on_conflict_do_nothing` or `on_conflict_do_update`, for the database in use."""
    insert = sqlite.insert if db.engine.dialect.name == "sqlite" else postgresql.insert
    return insert(model)


def insert_once(model: type[Base], **values: Any) -> None:
    """Insert a row unless a unique constraint says that it is there, without spoiling the transaction.

    What it points to is in the database already: nothing is flushed before.
    """
    connection = db.session.connection()
    connection.execute(_insert(model, True, connection.dialect.name), values)


def write(*rows: Base) -> None:
    """Insert new rows, and update what has changed of others, at once, by column and in this order.

    For where many wait for one another: a flush, which finds the order itself, takes three times as long. What a row
    points to is in the database already, and said by its column: `event_id=event.id`, not `event=event`. Mapper events
    do not run. A rollback does not take a new row out of the session, nor one to a savepoint bring a changed row back:
    whoever gives up begins with rows that are read again. StaleDataError when a row is gone.
    """
    for row in rows:
        if sa.inspect(row).persistent:
            _update_row(row)
        else:
            _insert_row(row, once=False)


def write_once(row: Base) -> bool:
    """Insert a new row as `write` does; False when a unique constraint says that it is there."""
    return _insert_row(row, once=True)


def read_again(row: Base) -> None:
    """Read a row as it is now, in the turn of who changes it. StaleDataError when it is gone."""
    if db.session.get(type(row), sa.inspect(row).identity, populate_existing=True) is None:
        raise StaleDataError(f"{row!r} is gone")


def _insert_row(row: Base, once: bool) -> bool:
    names = _names(type(row))
    given = {name: value for name, value in sa.inspect(row).dict.items() if name in names}
    connection = db.session.connection()
    result = connection.execute(_insert(type(row), once, connection.dialect.name), given)
    number = result.scalar_one_or_none()
    if number is None:
        return False
    made = cast(dict[str, Any], result.last_inserted_params()) | {"id": number}
    for name in names & made.keys() - given.keys():
        setattr(row, name, made[name])
    vars(row).update(dict.fromkeys(names - made.keys()))  # what was left out is NULL now
    _take_as_stored(row)
    return True


def _update_row(row: Base) -> None:
    state, names = sa.inspect(row), _names(type(row))
    touched = set(state.mapper.attrs.keys()) - state.unmodified
    if not touched <= names or "id" not in state.dict:  # more than a row, or a row that a commit let go of
        db.session.flush()
        return
    changed = {name: state.dict[name] for name in touched if state.attrs[name].history.has_changes()}
    if not changed:
        return
    which = {"row_id": state.dict["id"]}
    result = db.session.connection().execute(_update(type(row)), changed | which)
    if result.rowcount != 1:
        raise StaleDataError(f"{row!r} is gone")
    made = cast(dict[str, Any], result.last_updated_params())
    for name in names & made.keys() - changed.keys():
        setattr(row, name, made[name])
    db.session.expunge(row)
    make_transient(row)
    _take_as_stored(row)


def _take_as_stored(row: Base) -> None:
    """Let the session know a row as the database does, with nothing left to flush."""
    make_transient_to_detached(row)
    db.session.add(row)


def _table(model: type[Base]) -> sa.Table:
    return cast(sa.Table, model.__table__)


@cache
def _names(model: type[Base]) -> frozenset[str]:
    return frozenset(_table(model).columns.keys())


@cache  # making a statement takes longer than running it
def _insert(model: type[Base], once: bool, _dialect: str) -> Any:
    made = insert_or(_table(model))
    return (made.on_conflict_do_nothing() if once else made).returning(_table(model).c.id)


@cache
def _update(model: type[Base]) -> sa.Update:
    return sa.update(_table(model)).where(_table(model).c.id == sa.bindparam("row_id"))


def written_out(value: StrEnum) -> sa.ColumnElement[Any]:
    """Write a word of ours out in a statement: the plan of a prepared one knows no parameters, nor what is rare."""
    return sa.literal_column(f"'{value.value}'")


def read_alone() -> None:
    """Let each statement of this transaction stand alone: a page that only reads is spared its BEGIN and its end.

    Not where what is read must fit together. Once something was read (who has signed in, say) it changes nothing.
    """
    if not db.session().in_transaction():
        db.session.connection(execution_options={"isolation_level": "AUTOCOMMIT"})


def after_commit(key: str, action: Callable[[], None]) -> None:
    """Run `action` once the current transaction is committed, once per key; a rollback forgets it."""
    db.session.info.setdefault("after_commit", {})[key] = action


def commit() -> None:
    """Commit the current transaction, then start what waited for it. Only the edge calls this."""
    db.session.commit()
    for action in db.session.info.pop("after_commit", {}).values():
        action()


@sa.event.listens_for(Session, "after_rollback")
def _forget_actions(session: Session) -> None:
    session.info.pop("after_commit", None)
