"""The form that takes a seat, with JavaScript: only what the answers so far call for is shown, and sent."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page

from app.clock import now
from app.db import db
from app.events.actions_questions import QuestionDraft, add_question
from app.events.models import Chapter, GuestNames, RsvpStatus
from app.events.models_questions import AskedKind
from app.members.models import Member
from tests.browser.conftest import OpenAs
from tests.events.fans import the_rsvp
from tests.factories import make_event

pytestmark = pytest.mark.browser


def say_no(page: Page) -> None:
    """Answer each question about consents."""
    for group in page.get_by_role("group").filter(has_text="May we").all():
        if group.get_by_text("No", exact=True).count() == 1:
            group.get_by_text("No", exact=True).click()


def take_a_seat(page: Page) -> None:
    """Fill the form in and send it."""
    page.get_by_label("Your name").fill("Zoé O’Brien-Nguyễn")
    page.get_by_label("Your e-mail address").fill("zoe@example.org")
    say_no(page)
    page.get_by_role("button", name="Take my seat").click()


def test_questions_and_guests_come_and_go_with_the_answers(
    open_as: OpenAs, fan: Member, chapter: Chapter
) -> None:
    event = make_event(chapter, party_max=3, guest_names=GuestNames.REQUIRED)
    diet = add_question(event, QuestionDraft(AskedKind.YES_NO, "Any allergy?"), None, now())
    which = QuestionDraft(
        AskedKind.TEXT, "Which one?", required=True, only_if_id=diet.id, only_if_value="yes"
    )
    add_question(event, which, None, now())
    db.session.commit()
    page = open_as(fan, "en")
    page.goto(f"/events/{event.slug}/register")
    wanted, first, second = (
        page.get_by_label(text) for text in ("Which one?", "Name of guest 1", "Name of guest 2")
    )
    assert [field.is_visible() for field in (wanted, first, second)] == [False] * 3
    page.get_by_label("How many of you come?").select_option("2")
    first.fill("Ali")
    assert not second.is_visible()
    questions = page.get_by_role("group", name="Any allergy?")
    questions.get_by_text("Yes").click()
    wanted.fill("peanuts")
    questions.get_by_text("No", exact=True).click()
    assert not wanted.is_visible()
    say_no(page)
    page.get_by_role("button", name="Take my seat").click()
    page.get_by_role("img", name="QR code").wait_for()
    db.session.expire_all()
    assert the_rsvp(event, "camille@example.org").guest_names == ["Ali"]


def test_the_page_of_the_digits_may_be_reloaded_left_and_read_in_another_language(
    open_as: OpenAs, chapter: Chapter
) -> None:
    event = make_event(chapter)
    page = open_as(None, "en")
    page.goto(f"/events/{event.slug}/register")
    take_a_seat(page)
    page.get_by_label("Code of six digits").wait_for()
    check = f"/events/{event.slug}/register/check"
    assert page.url.endswith(check)  # though the form’s address answered
    page.reload()
    page.get_by_label("Code of six digits").wait_for()
    page.get_by_role("link", name="Français").click()
    page.get_by_label("Code à six chiffres").wait_for()
    assert page.url.endswith(f"{check}?lang=fr")
    page.go_back()
    page.go_back()
    page.get_by_label(re.compile("Your name|Votre nom")).wait_for()
    assert page.url.endswith("/register")
    db.session.expire_all()
    assert the_rsvp(event, "zoe@example.org").status == RsvpStatus.HELD


def test_who_mended_the_form_and_mistyped_the_digits_goes_back_and_reloads_without_losing_a_try(
    open_as: OpenAs, chapter: Chapter
) -> None:
    event = make_event(chapter)
    page = open_as(None, "en")
    page.goto(f"/events/{event.slug}/register")
    page.get_by_role("button", name="Take my seat").click()
    page.get_by_text("need your attention").wait_for()
    take_a_seat(page)
    digits = page.get_by_label("Code of six digits")
    digits.fill("12345")
    page.get_by_role("button", name="Confirm").click()
    page.get_by_text("you have 4 tries left").wait_for()
    page.reload()
    digits.fill("12345")
    page.get_by_role("button", name="Confirm").click()
    page.get_by_text("you have 3 tries left").wait_for()
    for _entry in range(3):
        page.go_back()  # which fails where the browser would have to send a form once more
    page.get_by_label("Your name").wait_for()


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_button_that_takes_a_seat_is_on_the_first_screen_of_a_small_phone(
    open_as: OpenAs, fan: Member, chapter: Chapter, language: str
) -> None:
    event = make_event(
        chapter, title="Table ronde\u00a0: moins de sucre, autant de plaisir à partager\u00a0?"
    )
    page = open_as(fan, language)
    page.set_viewport_size({"width": 360, "height": 640})
    page.goto(f"/events/{event.slug}")
    button = page.get_by_role("link", name=re.compile("Take a seat|Prendre une place")).bounding_box()
    bar = page.get_by_role("navigation", name=re.compile("Main|Principal")).bounding_box()
    assert button
    assert bar
    assert button["y"] + button["height"] <= bar["y"]
