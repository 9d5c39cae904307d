"""The figures of a report are those that can be counted by hand, and speak of nobody."""

from __future__ import annotations

from math import sqrt

import pytest
from flask import Flask

from app.clock import now
from app.events.models import Chapter, Event
from app.members.models import Member
from app.reports.jobs_study import freeze_study
from app.reports.rules_collect import collect
from app.reports.rules_frozen import content_hash, freeze, thaw
from app.reports.rules_snapshot import StudyFigures
from app.reports.rules_words import Names
from app.surveys.actions import assign_products
from app.surveys.models import Design, Study
from app.surveys.queries import study_answers
from app.surveys.rules_summaries import ChoiceSummary, JarSummary, NpsSummary, ScaleSummary, TextSummary
from tests.factories import make_event
from tests.reports.studies import LIKING, OPEN, RETURN, STRENGTH, answer, guests, make_study

MINIMUM = 5


def figures_of(study: Study) -> StudyFigures:
    return thaw(freeze_study(study.id, MINIMUM))


def test_the_figures_are_those_counted_by_hand(known_study: Study) -> None:
    figures = figures_of(known_study)
    assert (figures.asked, figures.answered, figures.responses) == (44, 40, 80)
    liking, words, written, nps = (question.results[0].summary for question in figures.questions)
    assert isinstance(liking, ScaleSummary)
    assert liking.distribution.counts == (0, 0, 0, 0, 8, 0, 8, 12, 12)
    assert liking.mean is not None
    assert liking.mean.mean == 7.5
    assert liking.mean.sd == pytest.approx(sqrt(82 / 39), abs=1e-6)
    # Student’s t for 39 degrees of freedom is 2.0227.
    assert liking.mean.interval == pytest.approx((7.036262, 7.963738), abs=1e-4)
    assert (liking.boxes[0].count, liking.boxes[0].share) == (24, 0.6)
    assert liking.boxes[0].interval == pytest.approx((0.445993, 0.736524), abs=1e-4)
    assert isinstance(words, ChoiceSummary)
    assert (words.distribution.counts, words.distribution.shares) == ((30, 10), (0.75, 0.25))
    assert isinstance(written, TextSummary)
    assert (written.base, written.asked) == (6, 40)
    assert isinstance(nps, NpsSummary)
    assert (nps.promoters.count, nps.passives.count, nps.detractors.count, nps.score) == (20, 12, 8, 30)


def test_the_same_answers_give_the_same_bytes_and_one_more_does_not(known_study: Study, app: Flask) -> None:
    first = freeze_study(known_study.id, MINIMUM)
    assert freeze_study(known_study.id, MINIMUM) == first
    answers = study_answers(known_study.id)
    last = figures_of(known_study).last_response
    assert freeze(collect(answers, Names(["Camille Durand"]), MINIMUM, last)) == first
    assert len(content_hash(first)) == 64
    event = known_study.events[0]
    answer(known_study, guests(event, 1, event.chapter.managers[0])[0], about_event={"nps": 9})
    assert content_hash(freeze_study(known_study.id, MINIMUM)) != content_hash(first)


def test_the_order_in_which_people_answered_changes_no_figure(event: Event, cm: Member) -> None:
    one, other = (make_study(event, cm, (LIKING, OPEN), ("Recette",)) for _ in range(2))
    people = guests(event, 8, cm)
    said = [
        {"liking": score, "open": f"Un avis vraiment numéro {score}"} for score in (9, 8, 7, 6, 5, 4, 3, 2)
    ]
    for rsvp, words in zip(people, said, strict=True):
        answer(one, rsvp, [words])
    for rsvp, words in zip(people, reversed(said), strict=True):
        answer(other, rsvp, [words])
    assert figures_of(one).questions == figures_of(other).questions


def test_a_snapshot_reads_back_as_it_was_frozen(known_study: Study) -> None:
    frozen = freeze_study(known_study.id, MINIMUM)
    assert freeze(thaw(frozen)) == frozen
    with pytest.raises(ValueError, match="fields"):
        thaw(frozen.replace('"asked"', '"asked_of"', 1))


def test_a_snapshot_names_nobody_and_keeps_no_moment(known_study: Study, fan: Member) -> None:
    frozen = freeze_study(known_study.id, MINIMUM)
    for secret in ("Camille", "Durand", "Invité", "example.org", "06 12", "T0", "respondent", "nonce", "@"):
        assert secret not in frozen
    assert "[…]" in frozen


def test_fewer_people_than_the_minimum_show_nothing_and_their_number_neither(
    event: Event, cm: Member
) -> None:
    study = make_study(event, cm, (LIKING, OPEN, RETURN), ("Recette",))
    for rsvp in guests(event, 4, cm):
        answer(study, rsvp, [{"liking": 9, "open": "Vraiment très bon"}], {"return": 1})
    figures = figures_of(study)
    assert (figures.asked, figures.answered) == (None, None)
    assert [result.summary for question in figures.questions for result in question.results] == [None] * 3
    assert not any(result.quotes for question in figures.questions for result in question.results)


def test_a_product_that_few_tried_is_hidden_and_the_other_is_not(event: Event, cm: Member) -> None:
    study = make_study(event, cm, (LIKING,), ("Recette A", "Recette B"))
    tried_b = 0
    for rsvp in guests(event, 14, cm):
        (given,) = assign_products(study, rsvp, now())
        tried_b += given.product.position == 2
        if given.product.position == 1 or tried_b <= 4:
            answer(study, rsvp, [{"liking": 7}])
    figures = figures_of(study)
    assert [product.answered for product in figures.products] == [7, None]
    assert [result.summary is None for result in figures.questions[0].results] == [False, True]
    assert figures.questions[0].differences == ()


def test_words_of_few_people_are_not_quoted(event: Event, cm: Member) -> None:
    study = make_study(event, cm, (LIKING, OPEN), ("Recette",))
    for place, rsvp in enumerate(guests(event, 10, cm)):
        words = "Vraiment très bon pour moi" if place < 4 else ""
        answer(study, rsvp, [{"liking": 9, "open": words}])
    result = figures_of(study).questions[1].results[0]
    assert (result.summary, result.quotes) == (None, ())


def test_an_event_where_few_answered_is_merged_with_another(
    event: Event, chapter: Chapter, cm: Member
) -> None:
    small, large = make_event(chapter, title="Petite"), make_event(chapter, title="Grande", capacity=40)
    study = make_study(event, cm, (RETURN,), more_events=(small, large))
    for place, number in ((event, 8), (small, 2), (large, 12)):
        for rsvp in guests(place, number, cm):
            answer(study, rsvp, about_event={"return": 1})
    places = figures_of(study).places
    assert [place.title for place in places.shown] == ["Grande"]
    assert (places.others, places.others_asked, places.others_answered) == (2, 10, 10)


def test_what_not_just_right_costs_is_not_told_of_a_small_side(event: Event, cm: Member) -> None:
    study = make_study(event, cm, (LIKING, STRENGTH), ("Recette",))
    for place, rsvp in enumerate(guests(event, 40, cm)):
        answer(
            study,
            rsvp,
            [{"liking": 8 if place < 25 else 4, "strength": 3 if place < 25 else 5 - 4 * (place < 28)}],
        )
    summary = figures_of(study).questions[1].results[0].summary
    assert isinstance(summary, JarSummary)
    assert [side.part.count for side in (summary.low, summary.jar, summary.high)] == [3, 25, 12]
    assert (summary.low.mean_drop, summary.low.mean_liking, summary.jar.mean_liking) == (None, None, None)
    assert summary.high.mean_drop == 4.0


def test_products_tried_by_the_same_people_are_compared_in_pairs(event: Event, cm: Member) -> None:
    study = make_study(event, cm, (LIKING,), ("Recette A", "Recette B"), Design.SEQUENTIAL)
    for place, rsvp in enumerate(guests(event, 40, cm)):
        answer(study, rsvp, [{"liking": 5 + place % 2}, {"liking": 7 + (place % 4 == 0)}])
    question = figures_of(study).questions[0]
    (difference,) = question.differences
    assert (difference.first, difference.second, difference.paired) == (1, 2, True)
    assert difference.difference == -1.75
    assert difference.significant
    assert [result.tried_first.base for result in question.results if result.tried_first] == [20, 20]


def test_under_30_people_products_are_not_compared(event: Event, cm: Member) -> None:
    study = make_study(event, cm, (LIKING,), ("Recette A", "Recette B"), Design.SEQUENTIAL)
    for rsvp in guests(event, 29, cm):
        answer(study, rsvp, [{"liking": 5}, {"liking": 9}])
    (difference,) = figures_of(study).questions[0].differences
    assert (difference.difference, difference.interval, difference.p_adjusted) == (None, None, None)
    assert not difference.significant


def test_who_tried_a_product_first_is_told_only_with_enough_others(event: Event, cm: Member) -> None:
    study = make_study(event, cm, (LIKING,), ("Recette A", "Recette B"), Design.SEQUENTIAL)
    for rsvp in guests(event, 8, cm):  # four begin with each
        answer(study, rsvp, [{"liking": 5}, {"liking": 9}])
    assert [result.tried_first for result in figures_of(study).questions[0].results] == [None, None]


def test_quotes_come_in_an_order_that_does_not_follow_the_answers(known_study: Study) -> None:
    quotes = [quote.text for quote in figures_of(known_study).questions[2].results[0].quotes]
    beginnings = ("Moins", "Écrivez", "Mon numéro", "Merci", "La bouteille", "Le goût")
    order = [
        next(place for place, text in enumerate(beginnings) if quote.startswith(text)) for quote in quotes
    ]
    assert sorted(order) == [0, 1, 2, 3, 4, 5]
    assert order != sorted(order)
