"""The main job, as five people do it: from a meetup that a CM writes to the PDF that marketing reads."""

from __future__ import annotations

import base64
import re
import time
from datetime import timedelta
from email import message_from_bytes, policy
from io import BytesIO
from pathlib import Path
from zoneinfo import ZoneInfo

import pypdf
import pytest
import sqlalchemy as sa
from flask import Flask
from playwright.sync_api import Locator, Page, expect

from app.clock import now
from app.db import commit, db
from app.events.models import Chapter, Event, Rsvp, RsvpStatus
from app.members.models import Member
from app.reports.models import Report
from app.surveys import actions as studies
from app.surveys.actions_answers import assign_products, submit_response
from app.surveys.models import Design, QuestionKind, Study
from app.surveys.rules_questions import QuestionDraft
from tests.browser.conftest import OpenAs
from tests.factories import make_check_in, make_member, make_reward, make_rsvp

pytestmark = pytest.mark.browser

SHOTS = Path("screenshots/main-job")
TITLE = {"fr": "Goûter des trois verveines", "en": "Three verbenas tasting"}
# What people read on the buttons they press.
WORDS = {
    "fr": {
        "save": "Enregistrer",
        "publish": "Publier",
        "published": "Publiée",
        "seat": "Prendre une place",
        "take": "Réserver ma place",
        "yes": "Oui",
        "no": "Non",
        "confirm": "Confirmer",
        "camera": "Démarrer la caméra",
        "opinion": "Donnez votre avis",
        "go": "C’est parti",
        "send": "Envoyer mes réponses",
        "thanks": "Merci",
        "points": "Voir mes points",
        "reward": "Prendre",
        "handed": "Remettez-la à Zoé",
        "report": "Établir le rapport",
        "pdf": "PDF",
    },
    "en": {
        "save": "Save",
        "publish": "Publish",
        "published": "Published",
        "seat": "Take a seat",
        "take": "Take my seat",
        "yes": "Yes",
        "no": "No",
        "confirm": "Confirm",
        "camera": "Start the camera",
        "opinion": "Give your opinion",
        "go": "Let’s go",
        "send": "Send my answers",
        "thanks": "Thank you",
        "points": "See my points",
        "reward": "Take it",
        "handed": "Hand it over to Zoé",
        "report": "Make the report",
        "pdf": "PDF",
    },
}


class Walk:
    """One walk through the main job in one language, with a picture of each step."""

    def __init__(self, language: str) -> None:
        self.language = language
        self.words = WORDS[language]
        self.folder = SHOTS / language
        self.folder.mkdir(parents=True, exist_ok=True)
        self.step = 0

    def shot(self, page: Page, name: str) -> None:
        self.step += 1
        page.screenshot(path=self.folder / f"{self.step:02d}-{name}.png", full_page=True)

    def press(self, page: Page, word: str, role: str = "button") -> None:
        self.find(page, word, role).click()

    def find(self, page: Page, word: str, role: str = "button") -> Locator:
        return page.get_by_role(role, name=self.words[word]).first  # type: ignore[arg-type]


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_main_job(
    app: Flask, worker: None, open_as: OpenAs, chapter: Chapter, cm: Member, marketer: Member, language: str
) -> None:
    walk = Walk(language)
    make_reward(name={"fr": "Tasse en grès", "en": "Stoneware mug"}, cost=150)
    commit()
    event = write_and_publish(walk, open_as(cm, language, phone=False), chapter)
    study = begin_study(event, cm)
    fan = open_as(None, language)
    register(walk, fan, app)
    door = open_as(cm, language, camera=True)
    welcome(walk, door, fan, event)
    answer(walk, fan)
    take_reward(walk, fan)
    hand_over(walk, open_as(cm, language, camera=True), fan)
    fill_the_room(event, study, 35)
    read_report(walk, open_as(marketer, language, phone=False), study)


def write_and_publish(walk: Walk, page: Page, chapter: Chapter) -> Event:
    """A CM writes an event that has just begun and publishes it."""
    begins = (now() - timedelta(minutes=30)).astimezone(ZoneInfo(chapter.timezone))
    page.goto("/manage/events/new")
    page.locator("#title").fill(TITLE[walk.language])
    page.locator("#kind").select_option("product-test")
    page.locator("#description").fill(
        "Venez **goûter** nos trois verveines.\n\n- à l’aveugle\n- en petit groupe"
    )
    page.locator("#starts").fill(begins.strftime("%Y-%m-%dT%H:%M"))
    page.locator("#ends").fill((begins + timedelta(hours=4)).strftime("%Y-%m-%dT%H:%M"))
    page.locator("#venue").fill("Le Comptoir des simples")
    page.locator("#address").fill("12 quai des Tilleuls")
    page.locator("#capacity").fill("60")
    walk.shot(page, "cm-writes")
    walk.press(page, "save")
    walk.press(page, "publish")
    expect(page.locator("main")).to_contain_text(walk.words["published"])
    walk.shot(page, "cm-published")
    return db.session.scalars(sa.select(Event).where(Event.title == TITLE[walk.language])).one()


def begin_study(event: Event, by: Member) -> Study:
    """A product test of one product waits for whoever comes."""
    study = studies.create_study("Trois verveines", "Choisir", Design.MONADIC, [event], by, now())
    studies.add_product(study, "Verveine citronnée")
    questions = (
        QuestionDraft(QuestionKind.LIKING9, {"fr": "L’aimez-vous ?", "en": "Do you like it?"}, key="liking"),
        QuestionDraft(QuestionKind.YESNO, {"fr": "En rachèteriez-vous ?", "en": "Buy it?"}, key="buy"),
        QuestionDraft(QuestionKind.TEXT, {"fr": "Pourquoi ?", "en": "Why?"}, key="why", required=False),
    )
    studies.save_questions(study, questions)
    studies.publish_questionnaire(study, now())
    studies.open_study(study, now())
    commit()
    return study


def register(walk: Walk, page: Page, app: Flask) -> None:
    """A fan finds the event by city, takes a seat, answers each consent, confirms with the mailed digits."""
    page.goto("/")
    page.get_by_role("link", name="Lyon").first.click()
    walk.shot(page, "fan-home-by-city")
    page.get_by_role("link", name=TITLE[walk.language]).first.click()
    walk.shot(page, "fan-event")
    walk.press(page, "seat", "link")
    page.locator("#name").fill("Zoé O’Brien-Nguyễn")
    page.locator("#email").fill("zoe@example.org")
    answers = page.get_by_role("radio", name=walk.words["no"], exact=True)
    page.get_by_role("radio", name=walk.words["yes"], exact=True).first.check()
    for number in range(1, answers.count()):
        answers.nth(number).check()
    walk.shot(page, "fan-registers")
    walk.press(page, "take")
    walk.shot(page, "fan-check-mail")
    page.locator("#digits").fill(mailed_digits(app.config["INSTANCE"] / "mail", "zoe@example.org"))
    walk.press(page, "confirm")
    expect(page.locator("main svg").first).to_be_visible()
    assert "/tickets/" in page.url
    walk.shot(page, "fan-ticket")


def mailed_digits(folder: Path, to: str) -> str:
    """Wait for the worker to write the mail, and return its six digits."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        for path in folder.glob("*.eml"):
            mail = message_from_bytes(path.read_bytes(), policy=policy.default)
            body = mail.get_body(("plain",))
            digits = re.search(r"\b(\d{3})\s?(\d{3})\b", body.get_content()) if body else None
            if mail["To"] == to and digits:
                return digits[1] + digits[2]
        time.sleep(0.1)
    raise AssertionError(f"no mail with six digits to {to}")


def hold_up(phone: Page, camera: Page) -> None:
    """Hold the QR code that one page shows in front of another page's camera."""
    svg = phone.locator(".qr svg").evaluate("svg => new XMLSerializer().serializeToString(svg)")
    url = "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode()
    camera.evaluate("url => showPicture(url)", url)


def welcome(walk: Walk, door: Page, fan: Page, event: Event) -> None:
    """A CM opens the door on a phone; the camera reads the ticket, the screen says welcome, the counter moves."""
    door.goto(f"/door/{event.slug}")
    expect(door.locator("#arrived")).to_have_text("0")
    walk.press(door, "camera")
    hold_up(fan, door)
    expect(door.locator("#verdict")).to_have_attribute("data-verdict", "welcome")
    expect(door.locator("#verdict")).to_contain_text("Zoé O’Brien-Nguyễn")
    walk.shot(door, "door-welcome")
    expect(door.locator("#arrived")).to_have_text("1")


def answer(walk: Walk, page: Page) -> None:
    """The fan, now checked in, opens the survey from the ticket and answers about the product."""
    page.reload()
    walk.shot(page, "fan-ticket-checked-in")
    walk.press(page, "opinion", "link")
    walk.press(page, "go")
    walk.shot(page, "fan-sample")
    page.locator("input[name=q_liking][value='8']").check(force=True)
    page.locator("input[name=q_buy]").first.check(force=True)
    page.locator("textarea[name=q_why]").fill("Fraîche, et pas trop sucrée.")
    walk.shot(page, "fan-answers")
    walk.press(page, "send")
    expect(page.locator("h1")).to_contain_text(walk.words["thanks"])
    walk.shot(page, "fan-thanks")


def take_reward(walk: Walk, page: Page) -> None:
    """The wallet shows 100 points for coming and 50 for answering; the fan takes a reward."""
    walk.press(page, "points", "link")
    expect(page.locator("main")).to_contain_text("+100")
    expect(page.locator("main")).to_contain_text("+50")
    walk.shot(page, "fan-wallet")
    walk.press(page, "reward")
    expect(page.locator(".qr svg")).to_be_visible()
    walk.shot(page, "fan-reward-code")


def hand_over(walk: Walk, page: Page, fan: Page) -> None:
    """A CM scans the reward's code on site."""
    page.goto("/manage/rewards/hand-over")
    walk.press(page, "camera")
    expect(page.locator("video")).to_be_visible()
    hold_up(fan, page)
    expect(page.locator("main")).to_contain_text(walk.words["handed"])
    walk.shot(page, "cm-hands-over")


def fill_the_room(event: Event, study: Study, people: int) -> None:
    """Others came and answered too: liking 6 and no for one in three, 8 and yes for the rest."""
    for number in range(people):
        rsvp = make_rsvp(event, make_member(f"Fan {number}"), RsvpStatus.CONFIRMED)
        make_check_in(rsvp)
        kind = {"liking": "6", "buy": "no"} if number % 3 == 0 else {"liking": "8", "buy": "yes"}
        submit(study, rsvp.id, kind, f"room-{number:016d}")
    commit()


def submit(study: Study, rsvp_id: int, answers: dict[str, str], nonce: str) -> None:
    rsvp = db.session.get_one(Rsvp, rsvp_id)
    (assignment,) = assign_products(study, rsvp, now())
    submit_response(study, rsvp, assignment.product_id, answers, nonce, "fr", now())


def read_report(walk: Walk, page: Page, study: Study) -> None:
    """Marketing asks for the report, reads it as a page and downloads the PDF, whose figures are the answers'."""
    page.goto(f"/reports/studies/{study.slug}")
    walk.press(page, "report")
    walk.shot(page, "marketing-progress")
    download_link = page.locator("a[href$='.pdf']").first
    expect(download_link).to_be_visible(timeout=60_000)
    walk.shot(page, "marketing-report")
    with page.expect_download() as download:
        download_link.click()
    pdf = Path(download.value.path()).read_bytes()
    (walk.folder / "report.pdf").write_bytes(pdf)
    text = " ".join("".join(p.extract_text() + " " for p in pypdf.PdfReader(BytesIO(pdf)).pages).split())
    # 36 people came and answered: 12 of 36 gave 6 and no, 24 gave 8 and yes (Zoé among them).
    report = db.session.scalars(sa.select(Report)).one()
    assert report.content_hash is not None
    assert report.content_hash[:12] in text.replace(" ", "")
    assert "Verveine citronnée" in text
    mean = {"fr": "7,3", "en": "7.3"}[walk.language]
    for figure in ("36", mean, "67", "33"):
        assert figure in text, f"{figure} is not in the PDF"
    assert "example.org" not in text
    assert "Zoé" not in text
