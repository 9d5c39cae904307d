"""What fans wrote is quoted without what could tell who wrote it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.reports.rules_words import LONGEST_QUOTE, MASK, MOST_QUOTES, Names, draw_quotes, scrub

NAMES = Names(["Camille Durand", "Rose Petit", "Maëlys O’Brien-Nguyễn", "Jean de La Tour", "Zoé"])


@pytest.mark.parametrize(
    ("written", "quoted"),
    [
        ("Écrivez à camille.durand+test@mail.example.org vite", "Écrivez à […] vite"),
        ("moi (at) example.org, merci", "[…], merci"),
        ("Mon site www.exemple.org/moi est en ligne", "Mon site […] est en ligne"),
        ("Voir https://exemple.org/moi?id=3 pour plus", "Voir […] pour plus"),
        ("Suivez @camille_d sur les réseaux", "Suivez […] sur les réseaux"),
        ("Appelez le 06 12 34 56 78 demain", "Appelez le […] demain"),
        ("Appelez le +33 (0)6.12.34.56.78.", "Appelez le […]."),
        ("514-555-0199 au Québec", "[…] au Québec"),
        ("camille durand était là", "[…] était là"),
        ("DURAND Camille, Lyon", "[…], Lyon"),
        ("Merci à Camille pour tout", "Merci à […] pour tout"),
        ("Maelys O'Brien-Nguyen a adoré", "[…] a adoré"),
        ("Avec Jean de La Tour, un régal", "Avec […], un régal"),
        ("Camille Petit nous a servis", "[…] nous a servis"),
    ],
)
def test_addresses_numbers_and_names_are_masked(written: str, quoted: str) -> None:
    assert scrub(written, NAMES) == quoted


@pytest.mark.parametrize(
    "written",
    [
        "Petit bémol sur le sucre.",
        "Très bon ! Rose en goût, un peu trop.",
        "Une note de rose et un petit goût de zoé",
        "J’en boirais 2 ou 3 verres à 19 h 30, pour 12,50 €",
        "Mieux que la version 2025 ou 2026",
    ],
)
def test_words_that_only_look_like_names_or_numbers_stay(written: str) -> None:
    assert scrub(written, NAMES) == written


def test_line_breaks_become_spaces_and_long_words_are_cut() -> None:
    assert scrub("Bon.\n\nTrès   bon.", NAMES) == "Bon. Très bon."
    long = scrub("goût " * 200, NAMES)
    assert long.endswith("goût…")
    assert len(long) <= LONGEST_QUOTE + 1


def test_at_most_twelve_are_drawn_and_always_the_same_ones() -> None:
    written = [("fr", f"Voici un avis numéro {number}") for number in range(50)]
    drawn = draw_quotes(written, NAMES, "open-1")
    assert len(drawn) == MOST_QUOTES
    assert draw_quotes(reversed(written), NAMES, "open-1") == drawn  # type: ignore[arg-type]
    assert draw_quotes(written, NAMES, "open-2") != drawn


def test_said_twice_is_quoted_once_and_two_words_are_not_a_quote() -> None:
    quotes = draw_quotes(
        [("fr", "Très très bon"), ("fr", "Très  très bon"), ("fr", "Bof bof"), ("fr", "ras")], NAMES, ""
    )
    assert [quote.text for quote in quotes] == ["Très très bon"]


@given(st.text(max_size=200), st.sampled_from(["0612345678", "a.b@example.org", "+33 6 12 34 56 78"]))
def test_an_address_or_a_number_never_survives_its_neighbours(text: str, secret: str) -> None:
    assert secret not in scrub(f"{text} {secret} {text}", NAMES)


@given(st.text(max_size=300))
def test_scrubbing_never_fails_nor_adds_but_masks(text: str) -> None:
    assert len(scrub(text, NAMES).replace(MASK, "")) <= max(len(text) * 4, LONGEST_QUOTE + 1)
