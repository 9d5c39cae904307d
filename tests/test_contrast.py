"""Colours: the arithmetic of contrast, and that every pair of colours a page can show is readable."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.brand import rules
from app.brand.rules import GRAPHIC_RATIO, PAPER, TEXT_RATIO, contrast

TOKENS = (Path(__file__).parent.parent / "app/static/css/tokens.css").read_text(encoding="utf-8")

colours = st.integers(0, 0xFFFFFF).map(lambda n: f"#{n:06x}")

# Each text token with the grounds that the style sheets put under it.
GROUNDS = ("paper", "surface", "sunk")
TEXT_PAIRS = [
    *((text, ground) for text in ("ink", "ink-soft", "good", "bad", "warn", "info") for ground in GROUNDS),
    *(("accent", ground) for ground in ("paper", "surface")),
    *((tone, f"{tone}-soft") for tone in ("good", "bad", "warn", "info")),
    *(("ink", f"{tone}-soft") for tone in ("good", "bad", "warn", "info", "accent", "points")),
    ("paper", "ink"),
    ("on-panel", "panel"),
    ("on-panel", "panel-soft"),
    ("points", "panel"),
    ("on-accent", "accent"),
    ("on-points", "points"),
]
GRAPHIC_PAIRS = [
    ("line-strong", "paper"),
    ("line-strong", "surface"),
    ("accent", "sunk"),
    ("accent", "accent-soft"),
]
BRAND_TEXT_PAIRS = [pair for pair in TEXT_PAIRS if not {"good", "bad", "warn", "info"} & set(pair)]


def tokens(block: str) -> dict[str, str]:
    """Read the colours of one block of tokens.css: the fallback where a brand value may come."""
    return dict(re.findall(r"--([a-z-]+): (?:var\(--brand-[a-z-]+, )?(#[0-9a-f]{6})\)?;", block))


def theme(name: str) -> dict[str, str]:
    start = {"light": ":root:root {", "dark": ':root:root[data-theme="dark"] {'}[name]
    return tokens(TOKENS.split(start, 1)[1].split("}", 1)[0])


def themed(palette: dict[str, str], name: str) -> dict[str, str]:
    """Lay a brand's palette over the fixed colours, as the browser does with /brand.css."""
    if name == "light":
        return theme("light") | {k: v for k, v in palette.items() if not k.endswith("-dark")}
    return theme("dark") | {k.removesuffix("-dark"): v for k, v in palette.items() if k.endswith("-dark")}


def failures(shown: dict[str, str], pairs: list[tuple[str, str]], ratio: float) -> list[str]:
    return [
        f"{text} {shown[text]} on {ground} {shown[ground]}: {contrast(shown[text], shown[ground]):.2f}"
        for text, ground in pairs
        if contrast(shown[text], shown[ground]) < ratio
    ]


def test_contrast_is_that_of_the_standard() -> None:
    assert contrast("#000", "#fff") == pytest.approx(21)
    assert contrast("#fff", "#fff") == 1
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)  # the grey of WCAG's own examples


@given(colours, colours)
def test_contrast_does_not_depend_on_order(one: str, other: str) -> None:
    assert contrast(one, other) == contrast(other, one) >= 1


@pytest.mark.parametrize("text", ["", "#12345", "red", "#gggggg", "17362b00", "#17362b;"])
def test_what_is_no_colour_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a colour"):
        rules.parse_hex(text)


def test_short_and_bare_colours_are_read() -> None:
    assert rules.parse_hex("#Fa0") == rules.parse_hex("ffaa00") == (255, 170, 0)


@given(colours)
def test_oklch_there_and_back_gives_the_same_colour(colour: str) -> None:
    back = rules.parse_hex(rules.from_oklch(rules.to_oklch(colour)))
    assert all(abs(a - b) <= 1 for a, b in zip(back, rules.parse_hex(colour), strict=True))


@given(colours, colours)
def test_the_nearest_colour_that_passes_does_pass(colour: str, against: str) -> None:
    fixed = rules.nearest_passing(colour, against)
    assert contrast(fixed, against) >= TEXT_RATIO
    if contrast(colour, against) >= TEXT_RATIO:
        assert fixed == colour


def test_the_nearest_colour_keeps_its_hue() -> None:
    fixed = rules.nearest_passing("#ff8a65", PAPER)
    assert rules.to_oklch(fixed)[2] == pytest.approx(rules.to_oklch("#ff8a65")[2], abs=0.05)


def test_an_impossible_contrast_is_said() -> None:
    with pytest.raises(ValueError, match="no lightness"):
        rules.nearest_passing("#777777", "#777777", ratio=7.0)


def test_the_default_colours_have_no_problem() -> None:
    assert rules.check_brand_colours(rules.DEFAULT_INK, rules.DEFAULT_ACCENT, rules.DEFAULT_POINTS) == []


def test_each_failing_brand_colour_is_named_with_a_colour_that_passes() -> None:
    problems = rules.check_brand_colours("#88aa99", "#ffb09a", "#333300")
    assert [p.field for p in problems] == ["ink", "accent", "points"]
    for problem in problems:
        assert problem.ratio < problem.needed <= contrast(problem.suggestion, problem.against)


@given(colours, colours, colours)
def test_taking_the_suggestions_leaves_no_problem(ink: str, accent: str, points: str) -> None:
    chosen = {"ink": ink, "accent": accent, "points": points}
    for problem in rules.check_brand_colours(**chosen):
        chosen[problem.field] = problem.suggestion
    assert rules.check_brand_colours(**chosen) == []


@pytest.mark.parametrize("name", ["light", "dark"])
def test_the_style_sheet_own_colours_are_readable(name: str) -> None:
    assert failures(theme(name), TEXT_PAIRS, TEXT_RATIO) == []
    assert failures(theme(name), GRAPHIC_PAIRS, GRAPHIC_RATIO) == []


@pytest.mark.parametrize("name", ["light", "dark"])
@given(ink=colours, accent=colours, points=colours)
@settings(max_examples=60, deadline=None)
def test_any_brand_stays_readable(name: str, ink: str, accent: str, points: str) -> None:
    shown = themed(rules.palette(ink, accent, points), name)
    assert failures(shown, BRAND_TEXT_PAIRS, TEXT_RATIO) == []
    assert failures(shown, GRAPHIC_PAIRS, GRAPHIC_RATIO) == []


def test_white_is_readable_on_danger_and_on_verdicts() -> None:
    door = (Path(__file__).parent.parent / "app/static/css/door.css").read_text(encoding="utf-8")
    verdicts = re.findall(r"\[data-tone=\"\w+\"\] \{ background: (#\w{6}); color: (#\w{6}); \}", door)
    assert len(verdicts) == 3
    verdicts += [(theme(name)["danger"], "#ffffff") for name in ("light", "dark")]
    assert all(contrast(ground, text) >= TEXT_RATIO for ground, text in verdicts)


def test_the_two_dark_blocks_are_equal() -> None:
    asked = TOKENS.split(':root:root:not([data-theme="light"]) {', 1)[1].split("}", 1)[0]
    chosen = TOKENS.split(':root:root[data-theme="dark"] {', 1)[1].split("}", 1)[0]
    assert asked.split() == chosen.split()


def test_the_fallbacks_are_the_default_palette() -> None:
    palette = rules.palette(rules.DEFAULT_INK, rules.DEFAULT_ACCENT, rules.DEFAULT_POINTS)
    fallbacks = dict(re.findall(r"var\(--brand-([a-z-]+), (#[0-9a-f]{6})\)", TOKENS))
    assert fallbacks == palette


def test_the_brand_style_sheet_sets_every_colour() -> None:
    sheet = rules.stylesheet(rules.DEFAULT_INK, rules.DEFAULT_ACCENT, rules.DEFAULT_POINTS)
    assert sheet.startswith(":root{--brand-ink:#17402f;")
    assert sheet.count("--brand-") == len(rules.palette("#000", "#000", "#fff"))
