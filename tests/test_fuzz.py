"""Odd bytes in every public form, every JSON call and every address: never a 500, never a half-written row."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import cast

import pytest

from app.db import db
from app.web import PUBLIC, access_of, scope_of
from tests.conftest import make_app
from tests.fuzzing import LEFT_OPEN, Attack, get_addresses, post_forms, post_json, targets

pytestmark = LEFT_OPEN

FORMS = [
    "changes.accept",
    "changes.change",
    "changes.coming",
    "changes.hand_on",
    "changes.take",
    "changes.why",
    "members.sign_in",
    "members.sign_in_code",
    "members.sign_in_link",
    "members.sign_out",
    "proof.check",
    "proof.confirm",
    "registration.register",
    "proof.send_again",
    "security.forgot_password",
    "security.login",
    "security.mf_recovery",
    "security.reset_password",
    "security.two_factor_setup",
    "security.two_factor_token_validation",
    "surveys.answer",
    "surveys.start",
    "tickets.cancel",
]
CALLS = ["door_api.add_scans", "door_api.undo"]


@pytest.fixture(scope="module")
def attack(tmp_path_factory: pytest.TempPathFactory, empty_sqlite: Path) -> Iterator[Attack]:
    """The world on SQLite, put back from a copy in memory."""
    folder = tmp_path_factory.mktemp("fuzz")
    shutil.copy(empty_sqlite, folder / "terrain.sqlite3")
    app = make_app(folder)
    with app.app_context(), closing(sqlite3.connect(":memory:")) as kept:

        def restore() -> None:
            db.session.rollback()
            with db.engine.connect() as connection:
                kept.backup(cast(sqlite3.Connection, connection.connection.driver_connection))

        attack = Attack(app)
        db.session.commit()
        with db.engine.connect() as connection:
            cast(sqlite3.Connection, connection.connection.driver_connection).backup(kept)
        attack.restore = restore
        yield attack
        db.session.remove()
        db.engine.dispose()


@pytest.mark.parametrize("endpoint", FORMS)
def test_a_public_form_stands_odd_bytes(attack: Attack, endpoint: str) -> None:
    post_forms(attack, endpoint, 16)


@pytest.mark.parametrize("endpoint", CALLS)
def test_a_call_stands_odd_bytes(attack: Attack, endpoint: str) -> None:
    post_json(attack, endpoint, 30)


@pytest.mark.parametrize("who", ["visitor", "admin"])
def test_every_page_stands_odd_addresses(attack: Attack, who: str) -> None:
    get_addresses(attack, who, 70)


def test_every_public_form_and_every_call_is_tried(attack: Attack) -> None:
    posted = {rule.endpoint for rule in attack.app.url_map.iter_rules() if "POST" in (rule.methods or ())}
    public = {endpoint for endpoint in posted if access_of(attack.app, endpoint) == PUBLIC}
    assert public == set(FORMS) == set(targets(attack.world))
    json_views = {name for name in posted if hasattr(attack.app.view_functions[name], "takes_json")}
    # What is for programs is tried by tests/api/test_schema.py.
    json_views -= {name for name in json_views if scope_of(access_of(attack.app, name))}
    assert json_views == set(CALLS)
