"""Staff write questions one by one, in both languages, and see them as a fan does."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from app.db import db
from app.surveys.actions_questions import latest_questionnaire
from app.surveys.models import About, Question, QuestionKind, Study
from app.surveys.rules_templates import HEDONIC
from tests.client import Client, text_of
from tests.surveys.conftest import MakeStudy

LABELS = {"label_fr": "Et le goût\u00a0?", "label_en": "And the taste?"}


@pytest.fixture
def draft(make_study: MakeStudy) -> Study:
    return make_study(opened=False)


@pytest.fixture(autouse=True)
def in_english(as_cm: Client) -> None:
    as_cm.set_cookie("lang", "en")


def address(study: Study, path: str = "") -> str:
    return f"/manage/studies/{study.slug}/questions{path}"


def post(client: Client, study: Study, path: str, **data: object) -> str:
    token = client.csrf(f"/manage/studies/{study.slug}/edit")
    answer = client.post(address(study, path), data=token | data, follow_redirects=True)
    assert answer.status_code == 200
    return text_of(answer.text)


def keys(study: Study) -> list[str]:
    latest = latest_questionnaire(study)
    return [question.key for question in latest.questions] if latest else []


def question(study: Study, key: str) -> Question:
    latest = latest_questionnaire(study)
    assert latest is not None
    return next(question for question in latest.questions if question.key == key)


def test_the_standard_test_is_one_click_away(as_cm: Client, make_study: MakeStudy) -> None:
    study = make_study(questions=(), opened=False)
    assert "Begin with the standard test" in text_of(as_cm.get(address(study)).text)
    text = post(as_cm, study, "/standard")
    assert len(keys(study)) == len(HEDONIC)
    assert "à quel point aimez-vous ce produit" in text
    assert "how much do you like this product?" in text


@pytest.mark.parametrize("kind", list(QuestionKind))
def test_a_question_of_each_kind_is_written(as_cm: Client, make_study: MakeStudy, kind: QuestionKind) -> None:
    draft = make_study(questions=(), opened=False)
    assert as_cm.get(address(draft, "/kinds")).status_code == 200
    page = as_cm.get(address(draft, f"/new/{kind}")).text
    lists = {"options_fr": "Un\nDeux", "options_en": "One\nTwo"}
    assert ("options_fr" in page) is (kind in {QuestionKind.SINGLE, QuestionKind.MULTIPLE})
    post(as_cm, draft, f"/new/{kind}", **LABELS, **lists, about="product", required="y")
    written = question(draft, kind.value)
    assert (written.kind, written.about, written.required) == (kind, About.PRODUCT, True)
    assert len(written.options) == (2 if "options_fr" in page else 0)


def test_an_unknown_kind_is_not_found(as_cm: Client, draft: Study) -> None:
    assert as_cm.get(address(draft, "/new/essay")).status_code == 404


def test_both_languages_are_asked_for_and_what_was_typed_stays(as_cm: Client, draft: Study) -> None:
    text = post(as_cm, draft, "/new/yesno", label_fr="Déjà goûté\u00a0?", label_en="", about="product")
    assert "Write the question in English." in text
    assert "Déjà goûté" in text
    assert keys(draft) == ["liking", "words", "nps"]


def test_a_refusal_stands_beside_its_field(as_cm: Client, draft: Study) -> None:
    lists = {"options_fr": "Un\nDeux\nTrois", "options_en": "One\nTwo"}
    text = post(as_cm, draft, "/new/single", **LABELS, **lists, about="product")
    assert "the two lists need as many lines" in text


def test_a_question_is_changed_and_keeps_its_key(as_cm: Client, draft: Study) -> None:
    page = as_cm.get(address(draft, "/words")).text
    assert "Frais\nSucré" in page.replace("\r", "")
    lists = {"options_fr": "Frais\nAmer\nTrès sucré", "options_en": "Fresh\nBitter\nSweet"}
    post(as_cm, draft, "/words", **LABELS, **lists, about="product")
    changed = question(draft, "words")
    assert changed.label == {"fr": "Et le goût\u00a0?", "en": "And the taste?"}
    assert [option["key"] for option in changed.options] == ["fresh", "bitter", "sweet"]
    assert changed.required is False


def test_ends_may_be_named(as_cm: Client, draft: Study) -> None:
    ends = {"low_fr": "trop doux", "low_en": "too mild", "high_fr": "trop fort", "high_en": "too strong"}
    post(as_cm, draft, "/new/jar5", **LABELS, **ends, about="product")
    assert question(draft, "jar5").ends["low"] == {"fr": "trop doux", "en": "too mild"}
    assert "Much too mild" in text_of(as_cm.get(address(draft, "/preview")).text)


def test_a_question_moves_among_those_about_the_same_thing(as_cm: Client, draft: Study) -> None:
    post(as_cm, draft, "/words/move", to="up")
    assert keys(draft) == ["words", "liking", "nps"]
    post(as_cm, draft, "/words/move", to="up")
    post(as_cm, draft, "/nps/move", to="up")
    assert keys(draft) == ["words", "liking", "nps"]
    post(as_cm, draft, "/words/move", to="down")
    assert keys(draft) == ["liking", "words", "nps"]


def test_a_question_is_removed(as_cm: Client, draft: Study) -> None:
    post(as_cm, draft, "/words/remove")
    assert keys(draft) == ["liking", "nps"]


@pytest.mark.parametrize("path", ["/nothing", "/nothing/move", "/nothing/remove"])
def test_an_unknown_question_is_not_found(as_cm: Client, draft: Study, path: str) -> None:
    token = as_cm.csrf(address(draft, "/new/text"))
    assert as_cm.post(address(draft, path), data=token).status_code == 404


def test_changing_a_published_question_begins_the_next_version(as_cm: Client, study: Study) -> None:
    assert "begins version 2" in text_of(as_cm.get(address(study)).text)
    text = post(as_cm, study, "/words/remove")
    assert "Version 2 is a draft" in text
    assert "Version 2 is published" in post(as_cm, study, "/publish")
    count = sa.select(sa.func.count()).select_from(Question)
    assert db.session.scalar(count) == 5, "version 1 keeps its three"


def test_publishing_twice_is_refused(as_cm: Client, study: Study) -> None:
    assert "already published" in post(as_cm, study, "/publish")


def test_the_preview_shows_both_languages_as_fans_see_them(as_cm: Client, study: Study) -> None:
    text = text_of(as_cm.get(address(study, "/preview")).text)
    for words in ("Aimez-vous ce produit", "Do you like it?", "J’aime énormément", "I like it extremely"):
        assert words in text


def test_the_preview_of_nothing_says_so(as_cm: Client, make_study: MakeStudy) -> None:
    study = make_study(questions=(), opened=False)
    assert "Nothing to show yet" in text_of(as_cm.get(address(study, "/preview")).text)
