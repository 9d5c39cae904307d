"""Terrain: a brand's life in real life."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, MutableMapping
from typing import Any

from flask import Flask
from flask.templating import Environment
from werkzeug.middleware.proxy_fix import ProxyFix

from app import (
    assets,
    cli,
    config,
    db,
    delivery,
    errors,
    i18n,
    intake,
    jobs,
    limits,
    logs,
    media,
    metrics,
    ops,
    web,
)
from app.api import (
    api_check_ins,
    api_events,
    api_members,
    api_rsvps,
    jobs_webhooks,
    views_docs,
    views_tokens,
    views_webhooks,
)
from app.api import jobs as api_jobs
from app.api.api import document
from app.brand import views as brand
from app.dev import views as dev
from app.dev.cli import dev as dev_commands
from app.dev.cli_demo import demo as demo_commands
from app.events import actions_privacy as events_privacy
from app.events import api as door_api
from app.events import jobs as events_jobs
from app.events import (
    jobs_answers,
    jobs_papers,
    views_answers,
    views_change,
    views_chapters,
    views_door,
    views_feeds,
    views_manage,
    views_papers,
    views_plan,
    views_proof,
    views_questions,
    views_registration,
    views_slots,
    views_tell,
    views_ticket,
)
from app.events import views as events
from app.events import views_people as event_people
from app.events import views_people_files as people_files
from app.events import views_people_messages as people_messages
from app.loyalty import actions_privacy as loyalty_privacy
from app.loyalty import jobs as loyalty_jobs
from app.loyalty import views as loyalty
from app.loyalty import views_manage as loyalty_manage
from app.members import (
    accounts,
    jobs_codes,
    jobs_import,
    views_import,
    views_people,
    views_profile,
    views_staff,
)
from app.members import views as members
from app.reports import jobs as reports_jobs
from app.reports import views as reports
from app.surveys import actions_privacy as surveys_privacy
from app.surveys import views as surveys
from app.surveys import views_manage as surveys_manage

BLUEPRINTS = (
    (events.bp, "/"),
    (views_feeds.bp, "/"),
    (views_registration.bp, "/events"),
    (views_proof.bp, "/events"),
    (views_ticket.bp, "/tickets"),
    (views_change.bp, "/tickets"),
    (views_answers.bp, "/tickets"),
    (views_manage.bp, "/manage"),
    (event_people.bp, "/manage/events"),
    (people_files.bp, "/manage/events"),
    (people_messages.bp, "/manage/events"),
    (views_tell.bp, "/manage/events"),
    (views_plan.bp, "/manage/events"),
    (views_papers.bp, "/manage/events"),
    (views_questions.bp, "/manage/events"),
    (views_slots.bp, "/manage/events"),
    (views_chapters.bp, "/admin/chapters"),
    (views_door.bp, "/door"),
    (door_api.bp, "/door"),
    (members.bp, "/"),
    (views_profile.bp, "/me"),
    (views_staff.bp, "/staff"),
    (views_people.bp, "/admin"),
    (views_import.bp, "/admin/import"),
    (surveys.bp, "/surveys"),
    (surveys_manage.bp, "/manage/studies"),
    (loyalty.bp, "/me"),
    (loyalty_manage.bp, "/manage/rewards"),
    (reports.bp, "/reports"),
    (views_tokens.bp, "/manage/tokens"),
    (views_webhooks.bp, "/manage/webhooks"),
    (views_docs.bp, "/api"),
    (brand.bp, "/"),
    (media.bp, "/"),
    (ops.bp, "/"),
)

# What other programs call; it is documented as it is registered.
CALLS = (api_events.bp, api_rsvps.bp, api_check_ins.bp, api_members.bp)

# These register themselves when they are imported: jobs and sweeps, and what a person may read or have erased.
REGISTERED = (
    (
        delivery,
        events_jobs,
        jobs_answers,
        jobs_papers,
        jobs_codes,
        jobs_import,
        loyalty_jobs,
        reports_jobs,
        api_jobs,
        jobs_webhooks,
    ),
    (events_privacy, surveys_privacy, loyalty_privacy),
)


class Templates(Environment):
    """Jinja’s templates, each with the names that all know in one dict.

    Jinja chains two, so that a name may be added later, and compares all of them in Python with each import.
    """

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        return self.globals | dict(d or {})


class Terrain(Flask):
    """Flask, which need not ask of some twenty functions in each request whether they are coroutines: none is."""

    jinja_environment = Templates

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        return func


def create_app(environ: Mapping[str, str] = os.environ, **overrides: Any) -> Flask:
    """Build the application from its TERRAIN_… settings; `overrides` of Flask's own are for tests."""
    app = Terrain(__name__, static_folder=None, template_folder="../templates")
    app.config.from_mapping(config.load(environ) | {"FROM_ENVIRONMENT": environ is os.environ} | overrides)
    for part in (logs, db, i18n, intake, limits, web, assets, accounts, jobs, errors, metrics, cli):
        part.init_app(app)
    for blueprint, prefix in BLUEPRINTS:
        app.register_blueprint(blueprint, url_prefix=prefix)
    document(app, CALLS, "/api/v1")
    app.cli.add_command(demo_commands)  # it refuses in production, with a sentence
    if app.config["DEVELOPMENT"]:
        app.register_blueprint(dev.bp, url_prefix="/dev")
        app.cli.add_command(dev_commands)
    if proxies := app.config["TRUSTED_PROXIES"]:
        app.wsgi_app = ProxyFix(app.wsgi_app, proxies, proxies, proxies, proxies)  # type: ignore[method-assign]
    return app
