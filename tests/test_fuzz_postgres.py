"""The same odd bytes on PostgreSQL, which takes no NUL, no number too large and no text too long."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from app.db import db
from tests.conftest import make_app
from tests.fuzzing import LEFT_OPEN, Attack, get_addresses, post_forms, post_json
from tests.services import PostgresServer
from tests.test_fuzz import CALLS, FORMS

pytestmark = [pytest.mark.postgres, *LEFT_OPEN]


@pytest.fixture(scope="module")
def attack(
    tmp_path_factory: pytest.TempPathFactory, empty_postgres: str, postgres_server: PostgresServer
) -> Iterator[Attack]:
    """The world on PostgreSQL, which stays as it becomes."""
    app = make_app(tmp_path_factory.mktemp("fuzz"), postgres_server.new_database("fuzz", empty_postgres))
    with app.app_context():
        yield Attack(app)
        db.session.remove()
        db.engine.dispose()


@pytest.mark.parametrize("endpoint", FORMS)
def test_a_public_form_stands_odd_bytes(attack: Attack, endpoint: str) -> None:
    post_forms(attack, endpoint, 6)


def test_calls_and_pages_stand_odd_bytes(attack: Attack) -> None:
    for endpoint in CALLS:
        post_json(attack, endpoint, 12)
    get_addresses(attack, "admin", 40)
