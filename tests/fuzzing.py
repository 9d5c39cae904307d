"""Where odd bytes are sent, and what must hold whatever the answer: for tests.test_fuzz, on each database."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import cast

import pytest
import sqlalchemy as sa
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from werkzeug.test import TestResponse

from app.db import db
from app.events.forms_door import TOKEN_HEADER, door_token
from app.web import PUBLIC, SIGNED_IN, absolute_url, access_of
from tests.client import Client, field_value
from tests.events.fans import YES, went_through
from tests.odd_bytes import Address, Body, addresses, bodies, calls
from tests.world import Visit, World, browse_as, make_world, visits

# A multipart body that breaks off leaves its upload to the garbage collector.
LEFT_OPEN = [
    pytest.mark.filterwarnings("ignore:Unclosed file <tempfile.SpooledTemporaryFile:ResourceWarning"),
    pytest.mark.filterwarnings(
        "ignore:Exception ignored in. <function SpooledTemporaryFile:pytest.PytestUnraisableExceptionWarning"
    ),
]


@dataclass(frozen=True)
class Target:
    """Where a form is sent, by whom, and fields that would do."""

    who: str
    values: Mapping[str, object] = field(default_factory=dict)
    fields: Mapping[str, str] = field(default_factory=dict)
    stays: bool = False  # success shows a page rather than leading on


def targets(world: World) -> dict[str, Target]:
    """Return a target for every public endpoint that takes a POST."""
    event, study = {"slug": world.event.slug}, {"slug": world.study.slug}
    answer = {"nonce": "n" * 26, "version": "1", "q_liking": "7", "q_words": "fresh"}
    ticket = {"token": world.tickets["confirmed"]}
    survey = {"token": world.newcomer.tickets[0].token} | study
    seat = {
        "name": "Zoé",
        "email": "zoe@example.org",
        "party_size": "2",
        "guest_1": "Ali",
        "slot_id": "1",
    } | YES
    seat |= {
        "q_1": "thé",
        "q_3": "rouge",
        "q_4": "bleu",
        "q_5": "1,5",
        "q_6": "yes",
        "q_7": "yes",
        "q_8": "noix",
    }
    new_password = {
        "password": "four quite unrelated words",
        "password_confirm": "four quite unrelated words",
    }
    return {
        "changes.accept": Target("visitor", ticket),
        "changes.change": Target("visitor", ticket, {"party_size": "1", "slot_id": "1"}),
        "changes.coming": Target("visitor", ticket),
        "changes.hand_on": Target("visitor", ticket, {"name": "Zoé", "email": "zoe@example.org"}),
        "changes.take": Target("visitor", ticket),
        "changes.why": Target("visitor", ticket, {"reason": "date"}),
        "members.sign_in": Target("visitor", {}, {"email": "camille@example.org", "next": "/me"}),
        "members.sign_in_code": Target("registering", {}, {"digits": "000000"}),
        "members.sign_in_link": Target("visitor", {"token": world.sign_in_link}),
        "members.sign_out": Target("fan"),
        "proof.check": Target("registering", event, {"digits": "000000"}),
        "proof.confirm": Target("visitor", {"token": world.seat_link}),
        "registration.register": Target(
            "visitor", {"slug": "slots", "utm_source": "poster", "code": "amis", "access": "x"}, seat
        ),
        "proof.send_again": Target("registering", event),
        "security.forgot_password": Target("visitor", {}, {"email": "mona@example.org"}, stays=True),
        "security.login": Target(
            "visitor", {}, {"email": "mona@example.org", "password": "wrong", "next": "/staff"}
        ),
        "security.mf_recovery": Target("half-way", {}, {"code": "0000-0000-0000"}),
        "security.reset_password": Target("visitor", {"token": world.password_link}, new_password),
        "security.two_factor_setup": Target("beginner", {}, {"setup": "authenticator"}),
        "security.two_factor_token_validation": Target("half-way", {}, {"code": "000000"}),
        "surveys.answer": Target("visitor", survey | {"part": world.sample_code}, answer),
        "surveys.start": Target("visitor", survey),
        "tickets.cancel": Target("visitor", ticket),
    }


def pages_of(app: Flask, world: World, who: str) -> list[tuple[str, Mapping[str, object]]]:
    """Return the patterns of the pages that somebody may see, each with values that exist."""
    rights = {PUBLIC} if who == "visitor" else {PUBLIC, SIGNED_IN}
    real = visits(world)
    return [
        (str(rule), visit.values)
        for rule in app.url_map.iter_rules()
        if "GET" in (rule.methods or ()) and rule.endpoint != "dev.message_html"  # a mail, with inline styles
        if (access := access_of(app, rule.endpoint)) in rights or (who == "admin" and "admin" in access)
        for visit in real.get(rule.endpoint, [Visit(who)])[:1]
    ]


class Attack:
    """An application that is posted to again and again, put back as it was after each time it did something."""

    def __init__(self, app: Flask) -> None:
        self.app, self.world = app, make_world()
        self.restore: Callable[[], None] = db.session.rollback
        tables = (
            sa.select(sa.literal(name), sa.func.count()).select_from(table)
            for name, table in db.metadata.tables.items()
        )
        self.counting = sa.union_all(*tables)
        people = {target.who for target in targets(self.world).values()} | {"cm", "admin"}
        self.sessions = {who: self.begin_session(who) for who in sorted(people)}

    def begin_session(self, who: str) -> tuple[str, str]:
        """Return somebody's session cookie, and the token that proves a form to be ours."""
        client = browse_as(self.app, self.world, who)
        token = field_value(
            client.get("/me" if who in {"fan", "cm", "admin"} else "/sign-in").text, "csrf_token"
        )
        cookie = client.get_cookie("session")
        assert cookie is not None
        return cookie.value, token

    def browser(self, who: str) -> tuple[Client, str]:
        """Return a fresh browser of somebody, and that token."""
        cookie, token = self.sessions[who]
        client = cast(Client, self.app.test_client())
        client.set_cookie("session", cookie)
        return client, token

    def rows(self) -> dict[str, int]:
        """Return how many rows each table has."""
        with db.engine.connect() as connection:
            return dict(connection.execute(self.counting).all())

    def post(self, endpoint: str, target: Target, body: Body, **headers: str) -> TestResponse:
        """Send a body, and check that the answer is no failure and that nothing was written by halves."""
        client, token = self.browser(target.who)
        before = self.rows()
        response = client.post(
            absolute_url(endpoint, **target.values).removeprefix("http://localhost"),
            data=body.data,
            content_type=body.type,
            headers={"X-CSRFToken": token, **headers},
        )
        assert response.status_code < 500, response.text
        done = {302, 303, 200} if target.stays else {302, 303}
        if response.status_code in done or (endpoint == "registration.register" and went_through(response)):
            self.restore()
        else:
            assert self.rows() == before
        return response


DETERMINED = settings(
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.generate],  # what fails is shown as it was found
    suppress_health_check=list(HealthCheck),
)


def post_forms(attack: Attack, endpoint: str, examples: int) -> None:
    target = targets(attack.world)[endpoint]

    @settings(DETERMINED, max_examples=examples if target.fields else examples // 3)
    @given(body=bodies(target.fields))
    def post(body: Body) -> None:
        answer = attack.post(endpoint, target, body)
        assert answer.mimetype == "text/html"
        assert answer.status_code != 409  # somebody was faster, where there is nobody else

    post()


def post_json(attack: Attack, endpoint: str, examples: int) -> None:
    event, cm = attack.world.event, attack.world.people["cm"]
    target = Target("cm", {"slug": event.slug}, stays=True)
    token = door_token(event.id, cm.id)

    @settings(DETERMINED, max_examples=examples)
    @given(body=calls(endpoint == "door_api.undo"))
    def post(body: Body) -> None:
        answer = attack.post(endpoint, target, body, **{TOKEN_HEADER: token, "Accept": "application/json"})
        assert answer.is_json
        assert answer.status_code == 200 or answer.get_json()["detail"]

    post()


def get_addresses(attack: Attack, who: str, examples: int) -> None:
    @settings(DETERMINED, max_examples=examples)
    @given(address=addresses(pages_of(attack.app, attack.world, who)))
    def get(address: Address) -> None:
        client, _token = attack.browser(who)
        environ = {
            "PATH_INFO": address.path.decode("latin-1"),
            "QUERY_STRING": address.query.decode("latin-1"),
        }
        answer = client.get("/", environ_overrides=environ, headers={"Accept": "text/html"})
        assert answer.status_code < 500, answer.text

    get()
