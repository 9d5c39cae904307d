"""A tour of every page, with the demo's people and things as examples: what bin/screenshots photographs."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, NoReturn

import sqlalchemy as sa
from flask import Flask, abort

from app.clock import now
from app.db import db
from app.dev.cli import first_member
from app.dev.views import sign_in_url
from app.events.models import Event, EventStatus
from app.members.models import Member
from app.web import absolute_url, public

PASSWORD = "an invented password"  # noqa: S105 - of an invented person, in a database that is thrown away

# GET endpoints that are no page to look at: files, feeds, JSON, redirects, and what is closed to all.
NO_PAGES = re.compile(
    r".*(calendar|stylesheet|preview_stylesheet|picture|healthz|readyz|prometheus|static|refused_lines|export|chart)"
    r"|(reports|papers)\.pdf|people_files\..*|feeds\.(atom|card|sitemap)|door_api\..*"
    r"|.*-api\..*|api_docs\.openapi|dev\.sign_in_at_once|staff\.start|security\.(tf_select|two_factor_rescue)"
)

REACHED_BY_ACTS = {"proof.check", "members.sign_in_code"}


@dataclass(frozen=True)
class Stop:
    """A page: its name as a file, who looks at it, its endpoint and the values in its address.

    `act` names what is done on it before the picture is taken; bin/screenshots knows how.
    """

    name: str
    who: str
    endpoint: str
    values: dict[str, Any] = field(default_factory=dict)
    act: str = ""
    status: int = 200

    @property
    def url(self) -> str:
        return absolute_url(self.endpoint, **self.values)


def unvisited(app: Flask, stops: list[Stop]) -> list[str]:
    """Return the endpoints of pages that the tour leaves out."""
    seen = {stop.endpoint for stop in stops} | REACHED_BY_ACTS
    pages = {rule.endpoint for rule in app.url_map.iter_rules() if rule.methods and "GET" in rule.methods}
    return sorted(endpoint for endpoint in pages - seen if not NO_PAGES.fullmatch(endpoint))


def sign_in_urls() -> dict[str, str]:
    """Return, for each role, the address that signs its first member in."""
    members = {role: first_member(role) for role in ("fan", "cm", "marketing", "admin")}
    return {role: sign_in_url(member) for role, member in members.items() if member}


def find_event(*where: sa.ColumnElement[bool]) -> Event:
    """Return the first event that meets the conditions."""
    return db.session.scalars(sa.select(Event).where(*where).order_by(Event.starts_at)).first() or missing()


def missing() -> NoReturn:
    """Say that the database is no longer what the tour goes by."""
    raise LookupError("The tour needs a freshly loaded demo.")


def slug_of(which: str) -> dict[str, str]:
    """Return the address's value for one sort of event."""
    full = Event.seats_taken == Event.capacity
    wanted: dict[str, sa.ColumnElement[bool]] = {
        "running": Event.ends_at.between(now(), now() + timedelta(days=2)),
        "full": full & (Event.ends_at > now()),
        "slots": Event.slots.any(),
        "draft": Event.status == EventStatus.DRAFT,
        "cancelled": Event.status == EventStatus.CANCELLED,
        "past": Event.ends_at < now(),
        "abroad": (Event.ends_at > now()) & Event.chapter.has(city="Montréal"),
    }
    return {"slug": find_event(wanted[which]).slug}


def example(role: str) -> Member:
    """Return the first member who has a role."""
    return first_member(role) or missing()


def add_failing_page(app: Flask) -> None:
    """Let /tour/<code> answer with an error page, which nothing else shows at will."""

    @public
    def fail(code: int) -> str:
        abort(code)

    app.add_url_rule("/tour/<int:code>", "tour_fail", fail)
