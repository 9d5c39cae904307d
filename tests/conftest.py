"""The application on a real database, fresh for each test, and the people who use it.

Cast: Camille is a fan; Inès is CM of Lyon; Oscar is CM of another chapter, Nantes (the outsider);
Mona is in marketing; Ada is the administrator.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

import pytest
import sqlalchemy as sa
from flask import Flask
from flask_migrate import upgrade
from hypothesis import settings

from app import create_app
from app.db import db
from app.events.models import Chapter, Event
from app.members.models import Member
from tests.client import Client
from tests.factories import make_chapter, make_event, make_member
from tests.services import (  # noqa: F401
    PostgresServer,
    browser_type_launch_args,
    chromium_path,
    postgres_server,
    redis_url,
    smtp_sink,
)

# The same examples each time, however busy the machine: what fails here fails everywhere.
settings.register_profile("terrain", deadline=None, derandomize=True)
settings.load_profile("terrain")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the demo's tests first: of the processes that share the tests, one gets them all and loads the demo once."""
    items.sort(key=lambda item: item.path.name != "test_demo.py")


def make_app(folder: Path, url: str = "", limits: bool = False) -> Flask:
    """Build an application that keeps all it writes inside a folder, on SQLite there or on another database.

    `limits` is whether it slows down who asks too often.
    """
    environ = {
        "TERRAIN_ENV": "development",
        "TERRAIN_SECRET_KEY": "a test secret that is long enough to be one",
        "TERRAIN_INSTANCE": str(folder),
        "TERRAIN_DATABASE_URL": url,
        "TERRAIN_PUBLIC_URL": "http://localhost",
    }
    cheap = {"argon2__rounds": 1, "argon2__memory_cost": 64}  # passwords of tests are no secrets
    app = create_app(environ, TESTING=True, LIMITS=limits, SECURITY_PASSWORD_HASH_PASSLIB_OPTIONS=cheap)
    app.test_client_class = Client
    return app


@pytest.fixture(scope="session")
def empty_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Run the migrations once and return the SQLite file that each test copies."""
    folder = tmp_path_factory.mktemp("migrated")
    path = folder / "terrain.sqlite3"
    app = make_app(folder)
    with app.app_context():
        upgrade()
        with db.engine.connect() as connection:
            connection.execute(sa.text("PRAGMA wal_checkpoint(TRUNCATE)"))
        db.engine.dispose()
    return path


@pytest.fixture(scope="session")
def empty_postgres(postgres_server: PostgresServer, tmp_path_factory: pytest.TempPathFactory) -> str:  # noqa: F811
    """Run the migrations once on PostgreSQL and return the name of the database to copy."""
    url = postgres_server.new_database("empty")
    app = make_app(tmp_path_factory.mktemp("postgres-app"), url)
    with app.app_context():
        upgrade()
        db.engine.dispose()
    return "empty"


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return the URL of a fresh database, on SQLite and then on PostgreSQL, for tests with many processes."""
    if request.param == "sqlite":
        path = tmp_path / "terrain.sqlite3"
        shutil.copy(request.getfixturevalue("empty_sqlite"), path)
        return f"sqlite:///{path}"
    template = request.getfixturevalue("empty_postgres")
    server = cast(PostgresServer, request.getfixturevalue("postgres_server"))
    return server.new_database("test", template)


@pytest.fixture
def each_database(database_url: str, tmp_path: Path) -> Iterator[Flask]:
    """An application on a fresh database of each kind, its context pushed."""
    app = make_app(tmp_path, database_url)
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


@pytest.fixture(scope="session")
def session_app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """The application that most tests share; `app` gives it a fresh database."""
    return make_app(tmp_path_factory.mktemp("app"))


@pytest.fixture
def app(session_app: Flask, empty_sqlite: Path) -> Iterator[Flask]:
    """The application on a fresh SQLite database, its context pushed for the test's own queries."""
    folder = session_app.config["INSTANCE"]
    for leftover in folder.glob("*.sqlite3*"):
        leftover.unlink()
    shutil.rmtree(folder / "mail", ignore_errors=True)
    shutil.copy(empty_sqlite, folder / "terrain.sqlite3")
    session_app.extensions["huey"].storage.close()
    session_app.extensions["huey"].storage.initialize_schema()
    with session_app.app_context():
        yield session_app
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def client(app: Flask) -> Client:
    """A visitor who is not signed in."""
    return cast(Client, app.test_client())


@pytest.fixture
def limited(tmp_path: Path, empty_sqlite: Path) -> Iterator[Client]:
    """A visitor of an application with limits; the other tests run without."""
    shutil.copy(empty_sqlite, tmp_path / "terrain.sqlite3")
    app = make_app(tmp_path, limits=True)
    with app.app_context():
        yield cast(Client, app.test_client())
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def fan(app: Flask) -> Member:
    return make_member("Camille O’Brien-Nguyễn", email="camille@example.org")


@pytest.fixture
def cm(app: Flask) -> Member:
    return make_member("Inès Moreau", "cm", email="ines@example.org")


@pytest.fixture
def outsider(app: Flask) -> Member:
    return make_member("Oscar Petit", "cm", email="oscar@example.org")


@pytest.fixture
def marketer(app: Flask) -> Member:
    return make_member("Mona Leroy", "marketing", email="mona@example.org")


@pytest.fixture
def admin(app: Flask) -> Member:
    return make_member("Ada Martin", "admin", email="ada@example.org")


@pytest.fixture
def chapter(cm: Member, outsider: Member) -> Chapter:
    """Lyon, run by Inès; Nantes, run by Oscar, exists beside it."""
    make_chapter("Nantes", outsider)
    return make_chapter("Lyon", cm)


@pytest.fixture
def event(chapter: Chapter) -> Event:
    """A published event of Lyon with 20 seats, in seven days."""
    return make_event(chapter)


@pytest.fixture
def as_member(app: Flask) -> Callable[..., Client]:
    """Return a function that opens a client as a member; staff come with their second factor."""

    def open_as(member: Member) -> Client:
        client = cast(Client, app.test_client())
        return client.sign_in(member, strong=bool(member.roles))

    return open_as


@pytest.fixture
def as_fan(as_member: Callable[..., Client], fan: Member) -> Client:
    return as_member(fan)


@pytest.fixture
def as_cm(as_member: Callable[..., Client], cm: Member) -> Client:
    return as_member(cm)


@pytest.fixture
def as_outsider(as_member: Callable[..., Client], outsider: Member) -> Client:
    return as_member(outsider)


@pytest.fixture
def as_marketer(as_member: Callable[..., Client], marketer: Member) -> Client:
    return as_member(marketer)


@pytest.fixture
def as_admin(as_member: Callable[..., Client], admin: Member) -> Client:
    return as_member(admin)


@pytest.fixture
def statements(app: Flask) -> Iterator[list[str]]:
    """Collect the SQL statements that run, to be counted."""
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if not statement.startswith("PRAGMA"):
            seen.append(statement)

    sa.event.listen(db.engine, "before_cursor_execute", note)
    yield seen
    sa.event.remove(db.engine, "before_cursor_execute", note)
