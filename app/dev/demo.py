"""The demo: a believable brand with a past and a present, made by the actions that the pages use.

Time travels by the `now` that each action takes; the clock is read only by the rows that say when they were written
(audit entries, mails). Names, answers and figures are the same at each load. Secrets are not: the codes of events,
tickets, links and rewards.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from flask import current_app

from app.db import commit, db
from app.delivery import deliver
from app.dev.demo_coming import make_coming
from app.dev.demo_past import open_door, plan_past, register_guests
from app.dev.demo_people import begin_of_story, make_world
from app.dev.demo_pictures import PALETTES, store_landscape
from app.dev.demo_points import collect, earn, make_rewards, take_lately
from app.dev.demo_story import World
from app.dev.demo_study import answer, close_tasting, open_next, open_tasting
from app.events.models import Chapter, Event
from app.i18n import LOCALES
from app.members.models import Member
from app.outbox import Message, without_mail
from app.reports.actions import request_report
from app.surveys.models import Response


@dataclass(frozen=True)
class Loaded:
    """How much was made."""

    chapters: int
    events: int
    people: int
    answers: int
    mails: int


def is_empty() -> bool:
    """Tell whether nothing was written yet that the demo would mix with."""
    return not any(
        db.session.scalar(sa.select(sa.exists(sa.select(model.id)))) for model in (Member, Chapter)
    )


def load(now: datetime) -> Loaded:
    """Fill an empty database with the demo, in one transaction, then let its mails leave to files."""
    now = now.replace(microsecond=0)
    world = make_world(now)
    pictures = [store_landscape(number) for number in range(len(PALETTES))]
    make_rewards(begin_of_story(now))
    # What happened months ago was mailed then: nobody must get it now.
    with without_mail():
        _live_the_past(world, pictures)
    running = make_coming(world, pictures)[0]
    open_next(running, world.hosts[running.chapter.city])
    commit()
    _deliver_to_files()
    models = (Chapter, Event, Member, Response, Message)
    return Loaded(*(db.session.scalar(sa.select(sa.func.count(model.id))) or 0 for model in models))


def _live_the_past(world: World, pictures: list[int]) -> None:
    planned = plan_past(world, pictures)
    events = [event for event, script in planned if script["answers"]]
    host = world.hosts[events[0].chapter.city]
    tasting = open_tasting(events, host)
    for event, script in planned:
        register_guests(world, event, script)
        arrived = open_door(world, event, script["arrived"])
        if script["quarter"] == 1:  # there was nothing to spend before
            collect(world, event, arrived)
        if script["answers"]:
            answer(tasting, arrived, script["answers"], event.starts_at)
        earn(arrived, event)
    close_tasting(tasting, events, host)
    for locale in LOCALES:  # the worker makes them as soon as it runs
        request_report(tasting.study, locale, world.marketer, current_app.config["MIN_GROUP"], world.now)
    take_lately(world)


def _deliver_to_files() -> None:
    """Send the mails as the worker does, but to files whatever TERRAIN_MAIL says: these people do not exist."""
    usual, log = current_app.config["MAIL"], logging.getLogger("app.outbox")
    level = log.level
    current_app.config["MAIL"] = "file"
    log.setLevel(logging.WARNING)  # it names each mail
    try:
        deliver()
    finally:
        current_app.config["MAIL"] = usual
        log.setLevel(level)
