"""Staff build a test, open it, follow it; each sees what is theirs, and nobody's name."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from app.clock import now
from app.db import db
from app.events.models import Chapter, Event, EventStatus, Rsvp
from app.members.models import Member
from app.surveys.actions import assign_products, close_study, submit_response
from app.surveys.models import Study, StudyStatus
from app.surveys.queries_manage import follow, list_studies
from app.tokens import new_code
from tests.client import Client, text_of
from tests.factories import make_chapter, make_event
from tests.surveys.conftest import MakeRsvp, MakeStudy

BASE = "/manage/studies"


@pytest.fixture(autouse=True)
def in_english(as_cm: Client, as_marketer: Client, as_outsider: Client, as_admin: Client) -> None:
    for client in (as_cm, as_marketer, as_outsider, as_admin):
        client.set_cookie("lang", "en")


@pytest.fixture
def draft(make_study: MakeStudy) -> Study:
    return make_study(opened=False)


def post(client: Client, path: str, origin: str = "", **data: object) -> str:
    """Send a form of the page `origin` and return the words of the page that follows."""
    answer = client.post(path, data=client.csrf(origin or path) | data, follow_redirects=True)
    assert answer.status_code == 200
    return text_of(answer.text)


def main_of(html: str) -> str:
    """Return the part of a staff page that is its own."""
    return html.split('class="staff-content"')[1]


def test_the_list_says_what_to_do_when_it_is_empty(as_cm: Client) -> None:
    assert "No product test yet" in text_of(as_cm.get(f"{BASE}/").text)


def test_a_cm_builds_a_test_from_nothing_to_open(as_cm: Client, event: Event) -> None:
    text = post(as_cm, f"{BASE}/new", title="Thé glacé", design="sequential", events=[event.id])
    study = db.session.scalars(sa.select(Study)).one()
    assert study.events == [event]
    assert "Write the questions and publish them." in text
    page = f"{BASE}/{study.slug}"
    for name in ("Recette A", "Recette B"):
        post(as_cm, f"{page}/products", page, name=name)
    post(as_cm, f"{page}/questions/standard", f"{page}/questions")
    post(as_cm, f"{page}/questions/publish", f"{page}/questions")
    assert "Ready to open" in text_of(as_cm.get(page).text)
    assert "Fans see it" not in post(as_cm, f"{page}/open", page)
    assert study.status is StudyStatus.OPEN
    post(as_cm, f"{page}/close", page)
    assert str(study.status) == "closed"


def test_opening_too_early_says_what_is_missing(as_cm: Client, draft: Study) -> None:
    page = f"{BASE}/{draft.slug}"
    assert "Write the questions and publish them." in post(as_cm, f"{page}/open", page)
    assert draft.status is StudyStatus.DRAFT


def test_a_test_needs_a_title_and_keeps_what_was_typed(as_cm: Client, event: Event) -> None:
    text = post(as_cm, f"{BASE}/new", title=" ", objective="Choisir", events=[event.id])
    assert "Enter a title." in text
    assert "Choisir" in text
    assert db.session.scalars(sa.select(Study)).all() == []


def test_a_test_is_edited(as_cm: Client, draft: Study) -> None:
    text = post(as_cm, f"{BASE}/{draft.slug}/edit", title="Autre titre", design="monadic", events=[])
    assert "Autre titre" in text
    assert draft.events == []


def test_a_refusal_stands_in_the_form(as_cm: Client, study: Study) -> None:
    text = post(as_cm, f"{BASE}/{study.slug}/edit", title="Autre", design="sequential")
    assert "its products and its design stay" in text


def test_a_product_that_is_there_already_is_refused(as_cm: Client, draft: Study) -> None:
    page = f"{BASE}/{draft.slug}"
    assert "already in the test" in post(as_cm, f"{page}/products", page, name="Recette 1")


def test_a_product_is_removed(as_cm: Client, draft: Study) -> None:
    page = f"{BASE}/{draft.slug}"
    product = draft.products[0]
    assert "Recette 1" not in post(as_cm, f"{page}/products/{product.id}/remove", page)
    assert as_cm.post(f"{page}/products/9999/remove", data=as_cm.csrf(page)).status_code == 404


def test_a_cm_chooses_among_the_events_of_their_chapters(
    as_cm: Client, chapter: Chapter, event: Event
) -> None:
    elsewhere = make_event(make_chapter("Brest"), title="Ailleurs")
    make_event(chapter, title="Annulée", status=EventStatus.CANCELLED)
    text = text_of(as_cm.get(f"{BASE}/new").text)
    assert event.title in text
    assert "Ailleurs" not in text
    assert "Annulée" not in text
    post(as_cm, f"{BASE}/new", title="Thé", design="monadic", events=[elsewhere.id])
    assert db.session.scalars(sa.select(Study)).all() == []


def test_marketing_chooses_among_all_events(as_marketer: Client, event: Event) -> None:
    make_event(make_chapter("Brest"), title="Ailleurs")
    text = text_of(as_marketer.get(f"{BASE}/new").text)
    assert event.title in text
    assert "Ailleurs" in text


def test_a_cm_of_another_chapter_sees_nothing(as_outsider: Client, study: Study) -> None:
    assert study.title not in text_of(as_outsider.get(f"{BASE}/").text)
    for path in ("", "/edit", "/questions", "/questions/kinds", "/questions/preview", "/questions/liking"):
        assert as_outsider.get(f"{BASE}/{study.slug}{path}").status_code == 403
    token = as_outsider.csrf(f"{BASE}/new")
    for path in (
        "open",
        "close",
        "products",
        "questions/publish",
        "questions/standard",
        "questions/nps/remove",
    ):
        assert as_outsider.post(f"{BASE}/{study.slug}/{path}", data=token).status_code == 403


def test_a_cm_sees_but_does_not_change_a_test_run_elsewhere_too(
    as_cm: Client, study: Study, outsider: Member
) -> None:
    elsewhere = make_event(make_chapter("Brest", outsider))
    study.events.append(elsewhere)
    study.created_by_id = None
    page = as_cm.get(f"{BASE}/{study.slug}")
    assert page.status_code == 200
    assert "Close the test" not in page.text
    assert as_cm.get(f"{BASE}/{study.slug}/questions").status_code == 200
    assert as_cm.get(f"{BASE}/{study.slug}/edit").status_code == 403


@pytest.mark.parametrize("path", ["/", "/new"])
def test_fans_and_visitors_have_no_business_here(client: Client, as_fan: Client, path: str) -> None:
    assert client.get(BASE + path).status_code == 302
    assert as_fan.get(BASE + path).status_code == 403


def test_an_unknown_test_is_not_found(as_admin: Client) -> None:
    assert as_admin.get(f"{BASE}/nothing").status_code == 404


def test_the_page_counts_who_was_given_what_and_answered(
    as_marketer: Client, marketer: Member, study: Study, make_rsvp: MakeRsvp, fan: Member
) -> None:
    rsvps = [make_rsvp(fan), make_rsvp(), make_rsvp(), make_rsvp(here=False)]
    for rsvp in rsvps[:2]:
        product = assign_products(study, rsvp, now())[0].product_id
        submit_response(study, rsvp, product, {"liking": 7}, new_code(), "fr", now())
    assign_products(study, rsvps[2], now())
    submit_response(study, rsvps[0], None, {"nps": 9}, new_code(), "fr", now())
    html = as_marketer.get(f"{BASE}/{study.slug}").text
    text = text_of(html)
    assert "67% of who came" in text
    counted = follow(study)
    assert (counted.asked, counted.answered, counted.about_event) == (3, 2, 1)
    assert [(cell.asked, cell.answered) for cell in counted.cells] == [(2, 1), (1, 1)]
    assert text.count("Counts only") == 2
    for secret in (fan.email, fan.display_name, rsvps[0].tickets[0].token):
        assert str(secret) not in html
    line = list_studies(marketer)[0]
    assert (line.asked, line.answered, line.cities) == (3, 2, ("Lyon",))


def test_the_report_is_for_who_may_read_it(
    as_cm: Client, as_marketer: Client, study: Study, rsvp: Rsvp
) -> None:
    submit_response(study, rsvp, None, {"nps": 9}, new_code(), "fr", now())
    assert "/reports/" not in main_of(as_cm.get(f"{BASE}/{study.slug}").text)
    assert "/reports/" in main_of(as_marketer.get(f"{BASE}/{study.slug}").text)


def test_the_list_costs_the_same_for_one_test_and_for_many(
    as_admin: Client, make_study: MakeStudy, statements: list[str]
) -> None:
    def cost() -> int:
        as_admin.get(f"{BASE}/")
        statements.clear()
        as_admin.get(f"{BASE}/")
        return len(statements)

    make_study(title="Un")
    one = cost()
    for number in range(4):
        make_study(title=f"Test {number}")
    assert cost() == one <= 8


def test_following_a_test_costs_the_same_with_one_answer_and_with_thirty(
    as_cm: Client, study: Study, make_rsvp: MakeRsvp, statements: list[str]
) -> None:
    counts = []
    for more in (1, 29):
        for _ in range(more):
            rsvp = make_rsvp()
            (given,) = assign_products(study, rsvp, now())
            submit_response(study, rsvp, given.product_id, {"liking": 7}, new_code(), "fr", now())
        as_cm.get(f"{BASE}/{study.slug}")
        statements.clear()
        assert "100% of who came" in text_of(as_cm.get(f"{BASE}/{study.slug}").text)
        counts.append(len(statements))
    assert counts[0] == counts[1] <= 16, "\n\n".join(statements)


def test_a_closed_test_is_opened_again(as_cm: Client, study: Study) -> None:
    close_study(study, now())
    page = f"{BASE}/{study.slug}"
    assert "Open again" in as_cm.get(page).text
    post(as_cm, f"{page}/open", page)
    assert study.status is StudyStatus.OPEN


@pytest.mark.parametrize("role", ["as_cm", "as_marketer", "as_admin"])
def test_every_page_reads_well_in_french(request: pytest.FixtureRequest, role: str, study: Study) -> None:
    client: Client = request.getfixturevalue(role)
    client.set_cookie("lang", "fr")
    for path in ("", "/edit", "/questions", "/questions/kinds", "/questions/preview", "/questions/words"):
        assert client.get(f"{BASE}/{study.slug}{path}").status_code == 200
