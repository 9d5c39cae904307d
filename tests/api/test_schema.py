"""Every call against its documentation: what fits is taken, what does not is refused, answers are as described."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import Case, GenerationMode
from schemathesis.config import SchemathesisConfig
from schemathesis.specs.openapi.checks import positive_data_acceptance

from app.api.actions_tokens import create_token
from app.api.api_once import HEADER
from app.api.rules import Scope
from app.clock import now
from app.db import commit, db
from app.tokens import new_link_token
from tests.conftest import make_app
from tests.world import World, make_world

EXAMPLES = 12  # for each call, of what fits and of what does not
CALLS = (
    "GET /api/v1/events",
    "GET /api/v1/events/{slug}",
    "GET /api/v1/events/{slug}/slots",
    "GET /api/v1/events/{slug}/questions",
    "GET /api/v1/events/{slug}/rsvps",
    "POST /api/v1/events/{slug}/rsvps",
    "GET /api/v1/events/{slug}/rsvps/{rsvp_id}",
    "DELETE /api/v1/events/{slug}/rsvps/{rsvp_id}",
    "POST /api/v1/events/{slug}/check-ins",
    "GET /api/v1/members",
    "GET /api/v1/members/{member_id}",
)
DETERMINED = settings(
    derandomize=True,
    database=None,
    deadline=None,
    max_examples=EXAMPLES,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


class Api:
    """The application in its world, its calls by label, and a token of the administrator."""

    def __init__(self, schema: Any, token: str, world: World) -> None:
        self.calls = {one.ok().label: one.ok() for one in schema.get_all_operations()}
        self.headers = {"Authorization": f"Bearer {token}"}
        self.path = {
            "slug": world.event.slug,
            "rsvp_id": world.rsvp.id,
            "member_id": world.people["fan"].id,
        }


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory, empty_sqlite: Path) -> Iterator[Api]:
    folder = tmp_path_factory.mktemp("schema")
    shutil.copy(empty_sqlite, folder / "terrain.sqlite3")
    app = make_app(folder)
    app.config["PROPAGATE_EXCEPTIONS"] = False
    with app.app_context():
        world = make_world()
        _row, token = create_token(world.people["admin"], "schemathesis", list(Scope), None, now())
        commit()
        # What fits may be refused all the same where the world is not so: 412 for an Rsvp that changed.
        taken = {"positive_data_acceptance": {"expected-statuses": ["2xx", 401, 403, 404, 409, 412]}}
        config = SchemathesisConfig.from_dict({"checks": taken})
        schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", app, config=config)
        yield Api(schema, token, world)
        db.session.remove()
        db.engine.dispose()


def test_every_call_is_tried(api: Api) -> None:
    assert set(api.calls) == set(CALLS)


@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
@pytest.mark.parametrize("label", CALLS)
def test_a_call_does_what_its_documentation_says(api: Api, label: str, mode: GenerationMode) -> None:
    call = api.calls[label]
    real = {name: value for name, value in api.path.items() if f"{{{name}}}" in label}
    anything = call.as_strategy(mode)
    there = call.as_strategy(mode, path_parameters=real) if real else anything

    @DETERMINED
    @given(case=there | anything)
    def try_it(case: Case[Any]) -> None:
        if mode is GenerationMode.POSITIVE and HEADER in (case.headers or {}):
            case.headers[HEADER] = (
                new_link_token()
            )  # the same key with another body is refused, as it should be
        answer = case.call(headers=api.headers)
        # What no documentation of an API can say is which questions an event asks.
        asked = answer.status_code == 422 and answer.json()["code"] == "answers"
        skipped: list[Any] | None = [positive_data_acceptance] if asked else None
        case.validate_response(answer, headers=api.headers, excluded_checks=skipped)

    try_it()
