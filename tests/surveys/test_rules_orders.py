"""Products are served in balanced orders, under names that nobody has a feeling about."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.slugs import free_name, slug
from app.surveys.models import About, Design
from app.surveys.rules import moved, sample_code, williams
from app.surveys.rules_studies import Missing, choose_products, find_missing

sizes = st.integers(1, 12)


@given(sizes)
def test_each_order_serves_every_product_once(size: int) -> None:
    for order in williams(size):
        assert sorted(order) == list(range(size))


@given(sizes)
def test_each_product_stands_in_each_place_equally_often(size: int) -> None:
    orders = williams(size)
    places = Counter((place, product) for order in orders for place, product in enumerate(order))
    assert set(places.values()) == {len(orders) // size}


@given(st.integers(2, 12))
def test_each_product_follows_each_other_one_equally_often(size: int) -> None:
    orders = williams(size)
    follows = Counter(pair for order in orders for pair in pairwise(order))
    assert len(follows) == size * (size - 1)
    assert set(follows.values()) == {1 if size % 2 == 0 else 2}


@given(sizes)
def test_the_first_two_products_tell_the_order(size: int) -> None:
    orders = williams(size)
    assert len({order[:2] for order in orders}) == len(orders)


def test_an_order_needs_a_product() -> None:
    with pytest.raises(ValueError, match="needs a product"):
        williams(0)


@given(st.sampled_from(Design), sizes, st.integers(1, 60))
def test_what_is_given_stays_even(design: Design, size: int, fans: int) -> None:
    used: Counter[tuple[int, ...]] = Counter()
    for _ in range(fans):
        used[choose_products(design, size, used)[:2]] += 1
    possible = size if design is Design.MONADIC else len(williams(size))
    assert max(used.values()) - (min(used.values()) if len(used) == possible else 0) <= 1


def test_a_study_of_the_event_alone_gives_nothing() -> None:
    assert choose_products(Design.MONADIC, 0, {}) == ()


@given(st.randoms(use_true_random=False), st.integers(1, 12))
def test_sample_codes_are_unique_and_neutral(random: Random, products: int) -> None:
    codes: list[str] = []
    for _ in range(products):
        codes.append(sample_code(codes, random))
    assert len(set(codes)) == products
    for code in codes:
        assert len(code) == 3
        assert len(set(code)) == 3
        assert "0" not in code
        assert code not in "123456789987654321"


def test_sample_codes_run_out_with_a_word() -> None:
    with pytest.raises(ValueError, match="no sample code"):
        sample_code([str(code) for code in range(1000)], Random(1))


def test_what_is_missing_is_said_in_the_order_one_sees_to_it() -> None:
    assert find_missing(Design.MONADIC, 0, 0, set()) == [Missing.EVENTS, Missing.QUESTIONS]
    assert find_missing(Design.MONADIC, 1, 0, {About.PRODUCT}) == [Missing.PRODUCTS]
    assert find_missing(Design.SEQUENTIAL, 1, 1, {About.PRODUCT}) == [Missing.SECOND_PRODUCT]
    assert find_missing(Design.MONADIC, 1, 1, {About.EVENT}) == [Missing.PRODUCT_QUESTIONS]
    assert find_missing(Design.MONADIC, 1, 0, {About.EVENT}) == []
    assert find_missing(Design.SEQUENTIAL, 1, 3, {About.PRODUCT, About.EVENT}) == []


def test_a_title_becomes_an_address() -> None:
    assert slug("Thé glacé n°3 : l’Œuvre d’été !") == "the-glace-n-3-l-oeuvre-d-ete"
    assert slug("日本") == ""
    assert free_name("the", {"the", "the-2"}.__contains__) == "the-3"


@given(st.lists(st.text(max_size=3), min_size=1, unique=True), st.integers(-3, 3), st.data())
def test_moving_loses_nothing(keys: list[str], step: int, data: st.DataObject) -> None:
    key = data.draw(st.sampled_from(keys))
    assert sorted(moved(keys, key, step)) == sorted(keys)
    assert moved(["a", "b", "c"], "b", -1) == ["b", "a", "c"]
    assert moved(["a", "b", "c"], "c", 1) == ["a", "b", "c"]
