"""Labels stand where the sheets have them, and a name is as large as it fits."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.events.models_papers import PaperKind
from app.events.rules_papers import LINE, POINT, SHEETS, SIZES, Sheet, pages_of, size_for, width_of, wrapped

LONG = "Maximilienne de La Rochefoucauld-Doudeauville"


@pytest.mark.parametrize("kind", SHEETS)
def test_labels_are_centred_on_the_page_and_do_not_overlap(kind: PaperKind) -> None:
    sheet = SHEETS[kind]
    cells = sheet.cells()
    assert len(cells) == sheet.a_page
    width, height = sheet.label
    for one in cells:
        for other in cells:
            apart = abs(one.left - other.left) >= width - 0.01 or abs(one.top - other.top) >= height - 0.01
            assert apart or one == other
    right, bottom = cells[-1].left + width, cells[-1].top + height
    assert sheet.page[0] - right == pytest.approx(cells[0].left, abs=0.1)
    assert sheet.page[1] - bottom == pytest.approx(cells[0].top, abs=0.1)


@pytest.mark.parametrize(
    ("kind", "label", "a_page"),
    [
        (PaperKind.LABELS_21, (63.5, 38.1), 21),
        (PaperKind.LABELS_10, (86.0, 55.0), 10),
        (PaperKind.LABELS_8, (99.1, 67.7), 8),
        (PaperKind.BADGE_A6, (105.0, 148.0), 1),
    ],
)
def test_the_sheets_are_those_that_shops_sell(
    kind: PaperKind, label: tuple[float, float], a_page: int
) -> None:
    assert (SHEETS[kind].label, SHEETS[kind].a_page) == (label, a_page)


@pytest.mark.parametrize("sheet", SHEETS.values())
def test_the_code_has_modules_of_half_a_millimetre_at_least(sheet: Sheet) -> None:
    assert sheet.qr / 37 > 0.5  # version 3: 29 modules, and four of quiet zone on each side


@pytest.mark.parametrize("sheet", SHEETS.values())
@pytest.mark.parametrize(
    "name", ["Li", "Nguyễn Thị Minh Khai", LONG, "Anne-Charlotte Wollstonecraft-MacMillan"]
)
def test_a_name_fits_its_box_with_whole_words(sheet: Sheet, name: str) -> None:
    size = size_for(name, sheet.words_width, sheet.name_height)
    em = size * POINT
    lines = wrapped(name, sheet.words_width / em)
    assert "".join(lines).replace(" ", "") == name.replace(" ", "")
    assert all(width_of(line) * em <= sheet.words_width for line in lines)
    assert len(lines) * LINE * em <= sheet.name_height


def test_a_short_name_is_larger_than_a_long_one() -> None:
    sheet = SHEETS[PaperKind.LABELS_21]
    sizes = [size_for(name, sheet.words_width, sheet.name_height) for name in ("Léa", LONG)]
    assert sizes[0] > sizes[1] >= 8


def test_a_hyphenated_name_breaks_after_its_hyphen() -> None:
    assert wrapped("Rochefoucauld-Doudeauville", 10) == ["Rochefoucauld-", "Doudeauville"]


@given(st.text(max_size=60))
def test_any_name_has_a_size(name: str) -> None:
    assert size_for(name, 33.5, 19.9) in SIZES


def test_pages_are_filled_one_after_the_other() -> None:
    assert pages_of(list(range(5)), 2) == [[0, 1], [2, 3], [4]]
