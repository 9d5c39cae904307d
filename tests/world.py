"""A small brand with one example of each thing, and where to find every page: for tests that visit them all."""

from __future__ import annotations

import io
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import cast

import sqlalchemy as sa
from flask import Flask
from flask_security import hash_password
from flask_security.recoverable import generate_reset_password_token
from PIL import Image

from app.api.actions_tokens import create_token
from app.api.actions_webhooks import create_webhook
from app.api.rules import Scope
from app.clock import now
from app.db import commit, db
from app.events.actions_manage import cancel_event
from app.events.actions_questions import QuestionDraft, add_question
from app.events.models import (
    Audience,
    Chapter,
    Event,
    EventKind,
    EventStatus,
    GuestNames,
    HoldFor,
    Rsvp,
    RsvpStatus,
    Slot,
)
from app.events.models_papers import Paper, PaperKind
from app.events.models_questions import AskedKind
from app.events.rules_questions import WITH_CHOICES
from app.events.rules_ticket import code_purpose
from app.happenings import Happening
from app.loyalty.actions import redeem
from app.loyalty.actions_ledger import settle
from app.making import Making
from app.media import store_picture
from app.members.actions_codes import issue_code
from app.members.actions_import import import_people, keep_upload, read_people
from app.members.models import Member
from app.outbox import Message
from app.reports.actions import request_report
from app.reports.models import Report
from app.surveys.actions_answers import assign_products, submit_response
from app.surveys.models import Design, Study
from tests.client import Client
from tests.events.fans import register, take, went_through
from tests.factories import make_chapter, make_check_in, make_event, make_member, make_reward, make_rsvp
from tests.members.pages import PASSWORD, new_secret
from tests.surveys.conftest import LIKING, NPS, WORDS, begin_study

PEOPLE = "Prénom;Nom;Adresse e-mail;Ville\nLéa;Martin;lea@exemple.fr;Lyon\nZoé;Blanc;pas une adresse;Lyon\n"
ABOUT = "Venez **goûter** nos trois thés glacés.\n\n- à l’aveugle\n- en petit groupe\n\n[Le plan](https://example.org/)"


@dataclass(frozen=True)
class World:
    """Who there is, and the example that each page shows."""

    people: dict[str, Member]
    chapter: Chapter
    event: Event
    draft_event: Event
    rsvp: Rsvp
    tickets: dict[str, str]  # state → token
    study: Study
    draft_study: Study
    newcomer: Rsvp  # has come, and answered nothing yet
    sample_code: str  # what the newcomer is asked about
    message_id: int
    seat_link: str  # tokens of mailed links
    sign_in_link: str
    password_link: str
    answered: str  # the token of the fan's place at the event that asks questions
    stash_id: int
    reward_id: int
    redemption_id: int


def make_world() -> World:
    """Fill an empty database by the actions that pages use, or the tests' factories where there is no such action."""
    people = _people()
    chapter = make_chapter("Lyon", people["cm"])
    make_chapter("Nantes")
    event = _events(chapter, people["cm"])
    rsvp, tickets = _seats(event, people["fan"])
    study, draft_study, newcomer, sample_code = _studies(event, people)
    settle(now(), people["fan"].id)
    reward = make_reward(
        name={"fr": "Tasse en grès", "en": "Stoneware mug"}, description={"fr": "Bleue.", "en": "Blue."}
    )
    make_reward(cost=5000, stock=0)
    redemption = redeem(people["fan"], reward.id, "k" * 32, now())
    held = _held(event)
    import_people(read_people(PEOPLE.encode()), people["admin"], now())
    stash = keep_upload(PEOPLE.replace("lea@", "leo@").encode(), "invités.csv", people["admin"], now())
    create_token(people["cm"], "CRM", [Scope.EVENTS_READ, Scope.RSVPS_READ], 90, now())
    create_webhook(people["cm"], "CRM", "https://crm.example.org/hook", [Happening.RSVP_CONFIRMED], now())
    # Paper 1 waits for a worker, and paper 2 is made.
    db.session.add(Paper(event=event, kind=PaperKind.LABELS_8, locale="fr"))
    db.session.flush()
    done = {"status": Making.DONE, "pdf": b"%PDF-1.7", "finished_at": now()}
    db.session.add(Paper(event=event, kind=PaperKind.ATTENDANCE, locale="fr", **done))
    # Report 1 waits for a worker, and report 2 is made by tests.client.run_jobs.
    db.session.add(Report(study=study, locale="en", requested_by_id=people["marketer"].id))
    db.session.flush()
    request_report(study, "fr", people["marketer"], 5, now())
    commit()
    return World(
        people,
        chapter,
        event,
        db.session.scalars(sa.select(Event).where(Event.status == EventStatus.DRAFT)).one(),
        rsvp,
        tickets,
        study,
        draft_study,
        newcomer,
        sample_code,
        db.session.scalars(sa.select(Message.id).limit(1)).one(),
        _link(held.member, code_purpose(held.id)),
        _link(people["fan"], "sign-in"),
        generate_reset_password_token(people["marketer"]),  # type: ignore[no-untyped-call]
        make_rsvp(_event("slots"), people["fan"], RsvpStatus.CONFIRMED, party_size=2).token,
        stash.id,
        reward.id,
        redemption.id,
    )


def _people() -> dict[str, Member]:
    """Make the cast, and two of the staff who are in the middle of signing in."""
    secret = {
        "password": hash_password(PASSWORD),
        "tf_primary_method": "authenticator",
        "tf_totp_secret": new_secret(),
    }
    return {
        "fan": make_member("Camille O’Brien-Nguyễn", email="camille@example.org", city="Lyon"),
        "cm": make_member("Inès Moreau", "cm", email="ines@example.org"),
        "marketer": make_member("Mona Leroy", "marketing", email="mona@example.org", **secret),
        "admin": make_member("Ada Martin", "admin", email="ada@example.org", **secret),
        "beginner": make_member("Basile Roux", "cm", email="basile@example.org", password=secret["password"]),
    }


def _events(chapter: Chapter, by: Member) -> Event:
    """Make the event that runs now, and one of each other kind; return the first."""
    paper = io.BytesIO()
    Image.new("RGB", (320, 200), "#2f5d50").save(paper, "PNG")
    paper.seek(0)
    picture = store_picture(paper)
    begun = now().replace(microsecond=0) - timedelta(minutes=30)
    event = make_event(
        chapter,
        slug="running",
        code="ABCDE",
        title="Goûter des trois verveines",
        kind=EventKind.PRODUCT_TEST,
        description=ABOUT,
        picture_id=picture.id,
        party_max=3,
        starts_at=begun,
    )
    slots = make_event(chapter, slug="slots", title="Tables rondes d’automne", kind=EventKind.ROUND_TABLE)
    db.session.add_all(Slot(event=slots, name=f"Table {number}", capacity=4) for number in (1, 2))
    _questions(slots)
    # One for each reason why somebody may not register.
    later = now() + timedelta(days=1)
    codes = {"opens_at": later, "early_opens_at": now() - timedelta(days=1), "early_code": "amis"}
    make_event(chapter, slug="later", title="Bientôt ouvert", **codes)
    make_event(chapter, slug="members", title="Entre habitués", audience=Audience.MEMBERS)
    make_event(chapter, slug="link", title="Sur lien", audience=Audience.LINK)
    make_event(chapter, slug="invited", title="Sur invitation", audience=Audience.INVITED)
    full = make_event(chapter, slug="full", title="Atelier complet", capacity=1)
    make_rsvp(full, make_member("Noé Petit"), RsvpStatus.CONFIRMED)
    past = begun - timedelta(days=40)
    make_event(chapter, slug="past", title="Soirée d’avant", starts_at=past)
    make_event(chapter, slug="draft", title="Soirée à venir", status=EventStatus.DRAFT)
    cancelled = make_event(chapter, slug="cancelled", title="Soirée annulée")
    make_rsvp(cancelled, make_member("Lou Petit"), RsvpStatus.CONFIRMED)
    cancel_event(cancelled, by, now())
    commit()
    return event


def _questions(event: Event) -> None:
    """Ask one question of each kind, the last only of who gave a certain answer; and the names of guests."""
    event.party_max, event.guest_names = 3, GuestNames.OPTIONAL
    questions = [
        QuestionDraft(kind, f"Question {kind.value}", ["rouge", "bleu"] if kind in WITH_CHOICES else [])
        for kind in AskedKind
    ]
    asked = {draft.kind: add_question(event, draft, None, now()).id for draft in questions}
    parent = asked[AskedKind.YES_NO]
    add_question(
        event, QuestionDraft(AskedKind.TEXT, "Laquelle ?", [], True, True, parent, "yes"), None, now()
    )


def _seats(event: Event, fan: Member) -> tuple[Rsvp, dict[str, str]]:
    """Give the fan a seat, and others one of each state; return the fan's, and the address of each state's page."""
    full = _event("full")
    rsvp = make_rsvp(event, fan, RsvpStatus.CONFIRMED)
    make_check_in(rsvp)
    tickets = {"arrived": rsvp.tickets[0].token}
    tickets["confirmed"] = make_rsvp(event, make_member("Yanis Faure"), RsvpStatus.CONFIRMED).tickets[0].token
    tickets["waiting"] = make_rsvp(full, make_member("Maya Simon"), RsvpStatus.WAITLISTED).token
    tickets["cancelled"] = make_rsvp(event, make_member("Ali Robert"), RsvpStatus.CANCELLED).token
    jo = make_member("Jo Lambert")
    tickets["offered"] = make_rsvp(event, jo, RsvpStatus.HELD, hold_for=HoldFor.OFFER).token
    tickets["declined"] = make_rsvp(event, make_member("Lou Garnier"), RsvpStatus.DECLINED).token
    return rsvp, tickets


def _event(slug: str) -> Event:
    return db.session.scalars(sa.select(Event).where(Event.slug == slug)).one()


def _held(event: Event) -> Rsvp:
    return take(event, make_member("Ève Garnier", email_confirmed_at=None), proven=False)


def _studies(event: Event, people: dict[str, Member]) -> tuple[Study, Study, Rsvp, str]:
    """Make an open test that the fan and five others answered and one did not yet, and a draft."""
    questions = (LIKING, WORDS, NPS)
    study = begin_study([event], people["cm"], questions=questions, title="Trois verveines")
    draft = begin_study(
        [event], people["cm"], Design.SEQUENTIAL, 3, questions, opened=False, title="Thés d’hiver"
    )
    fan_place = db.session.scalars(sa.select(Rsvp).where(Rsvp.member_id == people["fan"].id)).one()
    places = [fan_place] + [
        make_rsvp(event, make_member(f"Goûteuse {number}"), RsvpStatus.CONFIRMED) for number in range(5)
    ]
    for number, place in enumerate(places):
        if place is not fan_place:
            make_check_in(place)
        (given,) = assign_products(study, place, now())
        answers: list[tuple[int | None, dict[str, object]]] = [
            (given.product_id, {"liking": "8" if number % 2 else "6", "words": ["fresh"]}),
            (None, {"nps": "9"}),
        ]
        for product_id, said in answers:
            nonce = f"world-{number}-{product_id or 0}".ljust(20, "0")
            submit_response(study, place, product_id, said, nonce, "fr", now())
    newcomer = make_rsvp(event, make_member("Nina Vidal"), RsvpStatus.CONFIRMED)
    make_check_in(newcomer)
    (given,) = assign_products(study, newcomer, now())
    commit()
    return study, draft, newcomer, given.product.sample_code


def _link(member: Member, purpose: str) -> str:
    return issue_code(member, purpose, "", now()).link_token


@dataclass(frozen=True)
class Visit:
    """An example of a page: who looks at it, and the values in its address."""

    who: str
    values: Mapping[str, object] = field(default_factory=dict)


# GET endpoints that are no page to look at: files, feeds, JSON, pictures, mails, redirects, and what is closed to all.
NO_PAGES = {
    "api_docs.openapi",
    "brand.preview_stylesheet",
    "brand.stylesheet",
    "dev.message_html",  # a mail as it is read, in a frame of the page "dev.message"
    "dev.sign_in_at_once",
    "door_api.show_roster",
    "events.calendar",
    "events.chapter_calendar",
    "events.event_calendar",
    "feeds.atom",
    "feeds.card",
    "feeds.own_calendar",
    "feeds.sitemap",
    "media.picture",
    "ops.healthz",
    "ops.prometheus",
    "ops.readyz",
    "papers.pdf",
    "people_files.as_csv",
    "people_files.as_xlsx",
    "people_import.refused_lines",
    "profile.export",
    "reports.chart",
    "reports.pdf",
    "security.static",
    "security.tf_select",
    "security.two_factor_rescue",
    "staff.start",
    "tickets.calendar",
}


def visits(world: World) -> dict[str, list[Visit]]:
    """Return at least one example of every page, by endpoint."""
    event, study, draft = ({"slug": row.slug} for row in (world.event, world.study, world.draft_study))
    survey = {"token": world.newcomer.tickets[0].token} | study
    thanked = {"token": world.tickets["arrived"]} | study
    person = {"member_id": world.people["cm"].id}
    others = [{"slug": slug} for slug in ("slots", "full", "past", "cancelled", "later", "link", "invited")]
    return {
        "api_docs.docs": [Visit("visitor")],
        "tokens.index": [Visit("cm")],
        "webhooks.index": [Visit("cm")],
        "webhooks.show": [Visit("cm", {"webhook_id": 1})],
        "answers.change": [Visit("fan", {"token": world.answered})],
        "brand.house_rules": [Visit("visitor")],
        "brand.legal": [Visit("visitor")],
        "brand.preview": [Visit("admin")],
        "brand.settings": [Visit("admin")],
        "chapters.edit": [Visit("admin", {"slug": "lyon"})],
        "chapters.index": [Visit("admin")],
        "chapters.new": [Visit("admin")],
        "dev.message": [Visit("visitor", {"message_id": world.message_id})],
        "dev.outbox": [Visit("visitor")],
        "dev.style_guide": [Visit("visitor")],
        "door.index": [Visit("cm")],
        "door.show": [Visit("cm", event)],
        "events.chapter": [Visit("visitor", {"slug": "lyon"}), Visit("visitor", {"slug": "nantes"})],
        "events.event": [
            Visit("visitor", event),
            Visit("fan", event),
            *(Visit("visitor", one) for one in others),
        ],
        "events.home": [Visit("visitor"), Visit("visitor", {"city": "nantes"})],
        "loyalty.redemption": [Visit("fan", {"redemption_id": world.redemption_id})],
        "loyalty.wallet": [Visit("fan"), Visit("cm")],
        "manage.edit_event": [Visit("cm", event), Visit("cm", {"slug": "link"})],
        "manage.event": [
            Visit("cm", event),
            Visit("cm", {"slug": "draft"}),
            Visit("cm", {"slug": "cancelled"}),
        ],
        "manage.events": [Visit("cm")],
        "manage.home": [Visit("cm")],
        "manage.new_event": [Visit("cm")],
        "members.me": [Visit("fan")],
        "members.sign_in": [Visit("visitor")],
        "members.sign_in_code": [Visit("registering")],
        "members.sign_in_link": [Visit("visitor", {"token": world.sign_in_link})],
        "ops.outbox": [Visit("admin")],
        "papers.index": [Visit("cm", event), Visit("cm", {"slug": "draft"})],
        "papers.paper": [Visit("cm", event | {"paper_id": number}) for number in (1, 2)],
        "people.audit": [Visit("admin")],
        "people.index": [Visit("admin"), Visit("admin", {"q": "nobody"})],
        "people.new_staff": [Visit("admin")],
        "people.person": [Visit("admin", person)],
        "people_import.done": [Visit("admin")],
        "people_import.preview": [Visit("admin", {"stash_id": world.stash_id})],
        "people_import.start": [Visit("admin")],
        "people_list.add": [Visit("cm", event), Visit("cm", {"slug": "slots"})],
        "people_list.index": [
            Visit("cm", event),
            Visit("cm", event | {"status": "arrived"}),
            Visit("cm", event | {"q": "nobody"}),
            Visit("cm", {"slug": "draft"}),
        ],
        "people_list.person": [Visit("cm", event | {"rsvp_id": world.rsvp.id})],
        "people_messages.write": [Visit("cm", event)],
        "plan.copy": [Visit("cm", event)],
        "plan.next_quarter": [Visit("cm", event)],
        "plan.overbooking": [Visit("cm", event), Visit("cm", {"slug": "full"})],
        "profile.consents": [Visit("fan")],
        "profile.privacy": [Visit("fan")],
        "profile.profile": [Visit("fan")],
        "proof.check": [Visit("registering", event)],
        "proof.confirm": [Visit("visitor", {"token": world.seat_link})],
        "questions.edit": [Visit("cm", {"slug": "slots", "question_id": number}) for number in (1, 8)],
        "questions.index": [Visit("cm", {"slug": "slots"}), Visit("cm", event)],
        "questions.new": [Visit("cm", {"slug": "slots"}), Visit("cm", event)],
        "registration.register": [
            Visit("visitor", event),
            Visit("visitor", {"slug": "slots"}),
            Visit("visitor", {"slug": "later", "code": "wrong"}),
            Visit("visitor", {"slug": "members"}),
        ],
        "reports.index": [Visit("marketer")],
        "reports.report": [Visit("marketer", {"report_id": number}) for number in (1, 2)],
        "reports.study": [Visit("marketer", study)],
        "rewards.edit": [Visit("admin", {"reward_id": world.reward_id})],
        "rewards.hand_over": [Visit("cm")],
        "rewards.index": [Visit("admin")],
        "rewards.new": [Visit("admin")],
        "security.change_password": [Visit("marketer")],
        "security.forgot_password": [Visit("visitor")],
        "security.login": [Visit("visitor")],
        "security.mf_recovery": [Visit("half-way")],
        "security.mf_recovery_codes": [Visit("marketer")],
        "security.reset_password": [Visit("visitor", {"token": world.password_link})],
        "security.two_factor_setup": [Visit("beginner")],
        "security.two_factor_token_validation": [Visit("half-way")],
        "security.verify": [Visit("marketer")],
        "slots.edit": [Visit("cm", {"slug": "slots", "slot_id": 1})],
        "slots.index": [Visit("cm", {"slug": "slots"}), Visit("cm", event)],
        "slots.new": [Visit("cm", event)],
        "staff.account": [Visit("marketer")],
        "studies.edit": [Visit("cm", draft)],
        "studies.index": [Visit("cm")],
        "studies.new": [Visit("cm")],
        "studies.questions.edit": [Visit("cm", draft | {"key": "liking"})],
        "studies.questions.index": [Visit("cm", draft), Visit("cm", study)],
        "studies.questions.kinds": [Visit("cm", draft)],
        "studies.questions.new": [Visit("cm", draft | {"kind": kind}) for kind in ("liking9", "single")],
        "studies.questions.preview": [Visit("cm", draft)],
        "studies.show": [Visit("cm", draft), Visit("cm", study)],
        "surveys.answer": [Visit("visitor", survey | {"part": world.sample_code})],
        "surveys.begin": [Visit("visitor", survey)],
        "surveys.thanks": [Visit("visitor", thanked)],
        "tell.cancel": [Visit("cm", event), Visit("cm", {"slug": "draft"})],
        "changes.change": [Visit("visitor", {"token": world.tickets["confirmed"]})],
        "changes.hand_on": [Visit("visitor", {"token": world.tickets["confirmed"]})],
        "feeds.embed": [Visit("visitor", {"chapter": world.event.chapter.slug}), Visit("visitor")],
        "tickets.ticket": [Visit("visitor", {"token": token}) for token in world.tickets.values()],
    }


def browse_as(app: Flask, world: World, who: str) -> Client:
    """Return a client whose session is that of one person of the world."""
    client = cast(Client, app.test_client())
    match who:
        case "visitor":
            pass
        case "registering":
            assert went_through(register(client, world.event, "zoe@example.org", party_size="1"))
            client.post("/sign-in", data=client.csrf("/sign-in") | {"email": "zoe@example.org"})
        case "half-way" | "beginner":
            member = world.people["marketer" if who == "half-way" else who]
            form = client.csrf("/staff/sign-in") | {"email": member.email, "password": PASSWORD}
            assert client.post("/staff/sign-in", data=form).status_code == 302
        case _:
            client.sign_in(world.people[who], strong=bool(world.people[who].roles))
            with client.session_transaction() as session:
                session["fs_paa"] = time.time()  # the password was entered just now
    return client
