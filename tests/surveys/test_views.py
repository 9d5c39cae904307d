"""A fan opens the survey from their ticket, answers on a phone, and is thanked."""

from __future__ import annotations

import re

import pytest
import sqlalchemy as sa
from flask import Flask
from werkzeug.test import TestResponse

from app.clock import now
from app.db import db
from app.events.models import Rsvp
from app.events.queries_tickets import Place, find_place_of
from app.facts import FACTS
from app.loyalty.rules import POINTS
from app.members.models import Member
from app.surveys.actions import close_study, publish_questionnaire, save_questions
from app.surveys.models import Design, Response, Study
from app.surveys.rules import POINTS_PER_RESPONSE
from app.surveys.views import my_opinions_panel, opinion_panel
from tests.client import Client, field_value, text_of
from tests.surveys.conftest import LIKING, NPS, MakeRsvp, MakeStudy


@pytest.fixture(autouse=True)
def in_english(client: Client) -> None:
    client.set_cookie("lang", "en")


def address(rsvp: Rsvp, study: Study, part: str = "") -> str:
    return f"/surveys/{rsvp.tickets[0].token}/{study.slug}" + (f"/{part}" if part else "")


def begin(client: Client, rsvp: Rsvp, study: Study) -> str:
    """Start as a tap on the button does and return the address of the first page."""
    url = address(rsvp, study)
    started = client.post(url, data=client.csrf(url))
    assert started.status_code == 302
    return str(started.location)


def send(client: Client, url: str, **answers: object) -> TestResponse:
    """Answer the page at `url` as its form would."""
    html = client.get(url).text
    hidden = {name: field_value(html, name) for name in ("csrf_token", "nonce", "version")}
    return client.post(url, data=hidden | {f"q_{key}": value for key, value in answers.items()})


def count_responses() -> int:
    return db.session.scalar(sa.select(sa.func.count()).select_from(Response)) or 0


def test_a_fan_answers_from_the_first_sample_to_the_thanks(client: Client, study: Study, rsvp: Rsvp) -> None:
    assert "1 sample to try" in text_of(client.get(address(rsvp, study)).text)
    page = begin(client, rsvp, study)
    html = client.get(page).text
    code = page.rsplit("/", 1)[1]
    assert re.fullmatch(r"[1-9]{3}", code)
    assert f"Sample {code}" in text_of(html)
    assert "Recette" not in html, "the product's name stays hidden"
    sent = send(client, page, liking="8", words=["fresh", "sweet"])
    assert sent.location == address(rsvp, study)
    event_page = client.get(sent.location).location
    assert event_page == address(rsvp, study, "event")
    assert "Recommend us?" in text_of(client.get(event_page).text)
    send(client, event_page, nps="10")
    thanks = client.get(address(rsvp, study), follow_redirects=True)
    assert thanks.request.path == address(rsvp, study, "thanks")
    assert "100 points" in text_of(thanks.text)
    assert count_responses() == 2


def test_the_points_said_are_those_that_loyalty_pays() -> None:
    assert POINTS["response"] == POINTS_PER_RESPONSE


def test_questions_are_asked_in_the_fan_s_language(client: Client, study: Study, rsvp: Rsvp) -> None:
    page = begin(client, rsvp, study)
    client.set_cookie("lang", "fr")
    text = text_of(client.get(page).text)
    assert "Aimez-vous ce produit" in text
    assert "J’aime énormément" in text
    send(client, page, liking="8")
    assert db.session.scalars(sa.select(Response)).one().locale == "fr"


def test_several_samples_come_in_their_order(client: Client, make_study: MakeStudy, rsvp: Rsvp) -> None:
    study = make_study(design=Design.SEQUENTIAL, products=3)
    page = begin(client, rsvp, study)
    codes = []
    while page and not page.endswith("event"):
        codes.append(page.rsplit("/", 1)[1])
        page = client.get(str(send(client, page, liking="5").location)).location
    assert sorted(codes) == sorted(product.sample_code for product in study.products)
    positions = db.session.scalars(sa.select(Response.position).order_by(Response.id)).all()
    assert positions == [1, 2, 3]


def test_errors_stand_beside_the_question_and_what_was_typed_stays(
    client: Client, study: Study, rsvp: Rsvp
) -> None:
    page = begin(client, rsvp, study)
    answered = send(client, page, words=["sweet"])
    assert answered.status_code == 200
    assert "Choose an answer." in text_of(answered.text)
    assert 'id="q_liking-error"' in answered.text
    assert re.search(r'checked[^>]*value="sweet"', answered.text)
    nonce = field_value(answered.text, "nonce")
    data = {"csrf_token": field_value(answered.text, "csrf_token"), "nonce": nonce, "version": "1"}
    assert client.post(page, data=data | {"q_liking": "4", "q_words": "sweet"}).status_code == 302
    assert db.session.scalars(sa.select(Response)).one().nonce == nonce


def test_a_second_tap_is_led_on_and_counts_once(client: Client, study: Study, rsvp: Rsvp) -> None:
    page = begin(client, rsvp, study)
    html = client.get(page).text
    data = {name: field_value(html, name) for name in ("csrf_token", "nonce", "version")} | {"q_liking": "4"}
    first, second = client.post(page, data=data), client.post(page, data=data)
    assert first.location == second.location
    assert count_responses() == 1


def test_going_back_leads_on(client: Client, study: Study, rsvp: Rsvp) -> None:
    page = begin(client, rsvp, study)
    assert client.get(address(rsvp, study, "event")).location == address(rsvp, study), "not its turn yet"
    send(client, page, liking="4")
    assert client.get(page).location == address(rsvp, study)
    assert client.get(address(rsvp, study, "thanks")).location == address(rsvp, study)


def test_starting_twice_shows_the_same_sample(client: Client, study: Study, rsvp: Rsvp) -> None:
    assert begin(client, rsvp, study) == begin(client, rsvp, study)


def test_a_form_without_its_nonce_is_sent_again(client: Client, study: Study, rsvp: Rsvp) -> None:
    page = begin(client, rsvp, study)
    again = client.post(page, data=client.csrf(page) | {"q_liking": "4"})
    assert "out of date" in again.text
    assert field_value(again.text, "nonce")
    assert re.search(r'checked[^>]*value="4"', again.text)


def test_a_newer_version_leaves_the_open_page_valid(client: Client, study: Study, rsvp: Rsvp) -> None:
    page = begin(client, rsvp, study)
    html = client.get(page).text
    data = {name: field_value(html, name) for name in ("csrf_token", "nonce", "version")}
    save_questions(study, [LIKING, NPS])
    second = publish_questionnaire(study, now())
    assert client.post(page, data=data | {"q_liking": "4", "q_words": "sweet"}).status_code == 302
    assert db.session.scalars(sa.select(Response)).one().questionnaire_id != second.id


@pytest.mark.parametrize("version", ["99", "x", "²", "-1"])
def test_an_odd_version_means_the_one_in_force(
    client: Client, study: Study, rsvp: Rsvp, version: str
) -> None:
    page = begin(client, rsvp, study)
    html = client.get(page).text
    data = {name: field_value(html, name) for name in ("csrf_token", "nonce")} | {"version": version}
    assert client.post(page, data=data | {"q_liking": "4"}).status_code == 302


def place_of(rsvp: Rsvp) -> Place:
    place = find_place_of(rsvp.event_id, rsvp.member_id)
    assert place is not None
    return place


def test_who_has_not_come_is_sent_to_the_welcome_desk(
    client: Client, study: Study, make_rsvp: MakeRsvp
) -> None:
    absent = make_rsvp(here=False)
    for path in ("", "event"):
        page = client.get(address(absent, study, path))
        assert "welcome desk" in text_of(page.text)
    assert opinion_panel(place_of(absent)) == ""


def test_a_closed_test_says_so(client: Client, study: Study, rsvp: Rsvp) -> None:
    close_study(study, now())
    assert "This test is over" in text_of(client.get(address(rsvp, study)).text)
    assert opinion_panel(place_of(rsvp)) == ""


def test_closing_between_two_pages_is_said(client: Client, study: Study, rsvp: Rsvp) -> None:
    page = begin(client, rsvp, study)
    html = client.get(page).text
    data = {name: field_value(html, name) for name in ("csrf_token", "nonce", "version")} | {"q_liking": "4"}
    close_study(study, now())
    assert "This test is over" in text_of(client.post(page, data=data).text)
    assert count_responses() == 0


def test_a_draft_is_not_found(client: Client, make_study: MakeStudy, rsvp: Rsvp) -> None:
    assert client.get(address(rsvp, make_study(opened=False))).status_code == 404


def test_a_revoked_or_unknown_ticket_is_not_found(client: Client, study: Study, rsvp: Rsvp) -> None:
    assert client.get(f"/surveys/nothing/{study.slug}").status_code == 404
    rsvp.tickets[0].revoked_at = now()
    assert client.get(address(rsvp, study)).status_code == 404


def test_a_ticket_opens_the_studies_of_its_event_alone(client: Client, study: Study, rsvp: Rsvp) -> None:
    study.events = []
    assert client.get(address(rsvp, study)).status_code == 404


def test_the_ticket_asks_for_an_opinion_while_something_is_left(
    app: Flask, client: Client, make_study: MakeStudy, rsvp: Rsvp
) -> None:
    study = make_study(design=Design.SEQUENTIAL)
    with app.test_request_context("/?lang=en"):
        assert "2 products left to try" in opinion_panel(place_of(rsvp))
    page = begin(client, rsvp, study)
    page = str(client.get(str(send(client, page, liking="5").location)).location)
    with app.test_request_context("/?lang=en"):
        assert "1 product left to try" in opinion_panel(place_of(rsvp))
    page = str(client.get(str(send(client, page, liking="5").location)).location)
    send(client, page, nps="5")
    with app.test_request_context("/?lang=en"):
        panel = opinion_panel(place_of(rsvp))
    assert "we have your opinion" in panel
    assert "<a " not in panel


def test_a_member_s_page_asks_for_the_opinions_that_are_left(
    app: Flask, client: Client, study: Study, rsvp: Rsvp, fan: Member, outsider: Member
) -> None:
    with app.test_request_context("/?lang=en"):
        assert address(rsvp, study) in my_opinions_panel(fan)
        assert my_opinions_panel(outsider) == ""
    page = begin(client, rsvp, study)
    page = str(client.get(str(send(client, page, liking="5").location)).location)
    send(client, page, nps="5")
    with app.test_request_context("/?lang=en"):
        assert my_opinions_panel(fan) == ""


def test_each_response_is_a_fact_worth_points(client: Client, study: Study, rsvp: Rsvp) -> None:
    send(client, begin(client, rsvp, study), liking="8")
    row = db.session.execute(FACTS["response"]()).one()
    assert row._mapping["member_id"] == rsvp.member_id
    assert row._mapping["source"] == f"response:{db.session.scalars(sa.select(Response.id)).one()}"
    assert row._mapping["label"] == "Thé glacé"
    assert row._mapping["at"] <= now()


def test_a_page_of_questions_costs_few_statements(
    client: Client, study: Study, rsvp: Rsvp, statements: list[str]
) -> None:
    page = begin(client, rsvp, study)
    statements.clear()
    client.get(page)
    assert len(statements) <= 10, "\n\n".join(statements)
