"""The staff's part of the tour."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

import sqlalchemy as sa
from flask import current_app
from flask_security import hash_password
from flask_security.recoverable import generate_reset_password_token

from app.clock import now
from app.db import db
from app.dev.demo_tour import PASSWORD, Stop, example, find_event, slug_of
from app.events.models import Event
from app.members.actions_import import import_people, keep_upload, read_people
from app.members.models import Member
from app.reports.models import Report
from app.surveys.actions import create_study, save_questions
from app.surveys.models import Design, Study
from app.surveys.rules_templates import HEDONIC

LIST = "Prénom;Nom;Adresse e-mail;Ville\nLéa;Vauquelin;lea.v@example.org;Lyon\nZoé;Mazeran;pas une adresse;Lyon\n"


def staff_stops() -> Iterator[Stop]:
    """List the pages of CMs, marketing and administrators."""
    return chain(_staff(), _studies_and_reports(), _admin())


def _staff() -> Iterator[Stop]:
    yield Stop("manage", "cm", "manage.home")
    yield Stop("manage-all", "admin", "manage.home")
    yield Stop("manage-events", "cm", "manage.events")
    yield Stop("manage-events-past", "cm", "manage.events", {"when": "past"})
    yield Stop("manage-event", "cm", "manage.event", slug_of("running"))
    yield Stop("manage-event-full", "admin", "manage.event", slug_of("full"))
    yield Stop("manage-event-draft", "cm", "manage.event", slug_of("draft"))
    yield Stop("manage-event-cancelled", "admin", "manage.event", slug_of("cancelled"))
    yield Stop("manage-event-past", "admin", "manage.event", slug_of("past"))
    yield Stop("manage-people", "cm", "people_list.index", slug_of("running"))
    yield Stop("manage-people-add", "cm", "people_list.add", slug_of("running"))
    yield Stop("manage-people-write", "cm", "people_messages.write", slug_of("running"))
    yield Stop("manage-new", "cm", "manage.new_event")
    yield Stop("manage-new-errors", "cm", "manage.new_event", {}, "send-empty")
    yield Stop("manage-edit", "cm", "manage.edit_event", slug_of("draft"))
    yield Stop("rewards", "cm", "rewards.index")
    yield Stop("hand-over", "cm", "rewards.hand_over")
    yield Stop("hand-over-errors", "cm", "rewards.hand_over", {}, "send-empty")
    yield Stop("door-list", "cm", "door.index")
    yield Stop("door", "cm", "door.show", slug_of("running"))
    for act in ("camera", "people", "welcome", "already-in", "unknown"):
        yield Stop(f"door-{act}", "cm", "door.show", slug_of("running"), f"door-{act}")
    yield Stop("staff-sign-in", "visitor", "security.login")
    yield Stop("staff-sign-in-errors", "visitor", "security.login", {}, "send-empty")
    yield Stop("staff-password-forgotten", "visitor", "security.forgot_password")
    marketer = example("marketing")
    yield Stop("staff-password-new", "visitor", "security.reset_password", _password_link(marketer))
    yield Stop("staff-account", "marketing", "staff.account")
    yield Stop("staff-password", "marketing", "security.change_password")
    yield Stop("staff-verify", "marketing", "security.verify")
    yield Stop("staff-recovery-codes", "marketing", "security.mf_recovery_codes")
    yield Stop("staff-authenticator", "beginner", "security.two_factor_setup")
    yield Stop("staff-code", "half-way", "security.two_factor_token_validation")
    yield Stop("staff-recovery", "half-way", "security.mf_recovery")


def _password_link(member: Member) -> dict[str, str]:
    return {"token": generate_reset_password_token(member)}  # type: ignore[no-untyped-call]


def give_passwords() -> dict[str, str]:
    """Give two of the staff a password, one of them an authenticator too; return their addresses.

    The "beginner" is sent to set an authenticator up, who is "half-way" is asked for its code.
    """
    marketer = example("marketing")
    beginner = db.session.scalars(sa.select(Member).where(Member.display_name == "Hugo Tessier")).one()
    marketer.password = beginner.password = hash_password(PASSWORD)
    marketer.tf_primary_method = "authenticator"
    marketer.tf_totp_secret = current_app.extensions["security"].totp_factory.generate_totp_secret()
    return {"half-way": str(marketer.email), "beginner": str(beginner.email)}


def _studies_and_reports() -> Iterator[Stop]:
    by = example("cm")
    running = find_event(Event.slug == slug_of("running")["slug"])
    draft = create_study(
        "Bouteilles consignées", "Savoir laquelle on rapporte.", Design.MONADIC, [running], by, now()
    )
    save_questions(draft, HEDONIC)
    studies = {study.status.value: study for study in db.session.scalars(sa.select(Study))}
    yield Stop("studies", "cm", "studies.index")
    yield Stop("study-new", "cm", "studies.new")
    for status, study in studies.items():
        yield Stop(f"study-{status}", "admin", "studies.show", {"slug": study.slug})
        yield Stop(f"questions-{status}", "admin", "studies.questions.index", {"slug": study.slug})
    yield Stop("study-edit", "cm", "studies.edit", {"slug": draft.slug})
    yield Stop("question-kinds", "cm", "studies.questions.kinds", {"slug": draft.slug})
    yield Stop("question-new", "cm", "studies.questions.new", {"slug": draft.slug, "kind": "single"})
    yield Stop("question-edit", "cm", "studies.questions.edit", {"slug": draft.slug, "key": "jar5"})
    yield Stop("questions-preview", "cm", "studies.questions.preview", {"slug": draft.slug})
    yield Stop("reports", "marketing", "reports.index")
    yield Stop("report-study", "marketing", "reports.study", {"slug": studies["closed"].slug})
    yield Stop("report-too-few", "marketing", "reports.study", {"slug": studies["open"].slug})
    waiting = Report(
        study=studies["open"], locale="fr", requested_by_id=example("marketing").id, requested_at=now()
    )
    db.session.add(waiting)  # by no action: nobody may ask for it yet
    db.session.flush()
    yield Stop("report-progress", "marketing", "reports.report", {"report_id": waiting.id})


def _admin() -> Iterator[Stop]:
    admin, rewards = example("admin"), {"reward_id": 2}
    import_people(read_people(LIST.replace("lea.v@", "lou.v@").encode()), admin, now())
    stash = keep_upload(LIST.encode(), "invités.csv", admin, now())
    yield Stop("people", "admin", "people.index")
    yield Stop("people-none", "admin", "people.index", {"q": "personne"})
    yield Stop("person", "admin", "people.person", {"member_id": example("cm").id})
    yield Stop("person-new", "admin", "people.new_staff")
    yield Stop("audit", "admin", "people.audit")
    yield Stop("import", "admin", "people_import.start")
    yield Stop("import-preview", "admin", "people_import.preview", {"stash_id": stash.id})
    yield Stop("import-done", "admin", "people_import.done")
    yield Stop("chapters", "admin", "chapters.index")
    yield Stop("chapter-edit", "admin", "chapters.edit", {"slug": "lyon"})
    yield Stop("chapter-new", "admin", "chapters.new")
    yield Stop("brand", "admin", "brand.settings")
    yield Stop("brand-preview", "admin", "brand.preview")
    yield Stop("outbox", "admin", "ops.outbox")
    yield Stop("reward-edit", "admin", "rewards.edit", rewards)
    yield Stop("reward-new", "admin", "rewards.new")
