"""Sheets of labels, the size in which a name fits, and the order of names on paper. Lengths in millimetres."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

from app.events.models_papers import PaperKind

Item = TypeVar("Item")

KEPT = timedelta(hours=24)

POINT = 25.4 / 72  # millimetres
LINE = 1.15  # line height
SIZES = (48, 40, 34, 30, 26, 22, 19, 17, 15, 13, 12, 11, 10, 9, 8, 7)  # points


@dataclass(frozen=True)
class Cell:
    """Where a label is on its page, from the page's upper left corner."""

    left: float
    top: float


@dataclass(frozen=True)
class Sheet:
    """A page of labels: the page, a label, how many across and down, the first label's corner, the gaps.

    `qr` is the side of the QR code with its quiet zone; it stands beside the words, or under them when `upright`.
    """

    page: tuple[float, float]
    label: tuple[float, float]
    across: int
    down: int
    left: float
    top: float
    gap: tuple[float, float]
    padding: float
    qr: float
    upright: bool = False

    @property
    def a_page(self) -> int:
        return self.across * self.down

    def cells(self) -> list[Cell]:
        """Return the labels of a page, row by row."""
        width, height = (side + gap for side, gap in zip(self.label, self.gap, strict=True))
        return [
            Cell(round(self.left + column * width, 2), round(self.top + row * height, 2))
            for row in range(self.down)
            for column in range(self.across)
        ]

    @property
    def words_width(self) -> float:
        """Return how wide words may be."""
        beside = 0 if self.upright else self.qr + 2
        return round(self.label[0] - 2 * self.padding - beside, 2)

    @property
    def name_height(self) -> float:
        """Return how high a name may be: the lines under it take the rest."""
        free = self.label[1] - 2 * self.padding - (self.qr if self.upright else 0)
        return round(free * 0.62, 2)


A4, A6 = (210.0, 297.0), (105.0, 148.0)
# The sizes that several makers sell, from their data sheets; on A4 all are centred on the page.
SHEETS = {
    PaperKind.LABELS_21: Sheet(A4, (63.5, 38.1), 3, 7, 7.25, 15.15, (2.5, 0.0), 3.0, 22.0),
    PaperKind.LABELS_10: Sheet(A4, (86.0, 55.0), 2, 5, 19.0, 11.0, (0.0, 0.0), 5.0, 29.0),
    PaperKind.LABELS_8: Sheet(A4, (99.1, 67.7), 2, 4, 4.65, 13.1, (2.5, 0.0), 5.0, 36.0),
    PaperKind.BADGE_A6: Sheet(A6, A6, 1, 1, 0.0, 0.0, (0.0, 0.0), 9.0, 56.0, upright=True),
}

# How wide letters are in Inter at weight 700, in ems, rounded up: a page cannot measure before it is laid out.
_NARROW, _SLIM, _WIDE, _WIDEST = "iIjl'’.,|! ", "frt-()", "mMwŒœÆæ", "W@"


def width_of(text: str) -> float:
    """Return how wide a text is at most, in ems."""
    return sum(_letter(char) for char in unicodedata.normalize("NFC", text))


def _letter(char: str) -> float:
    plain = unicodedata.normalize("NFD", char)[0]
    if plain in _NARROW:
        return 0.34
    if plain in _SLIM:
        return 0.5
    if plain in _WIDE:
        return 1.02
    if plain in _WIDEST or ord(plain) > 0x2E7F:  # Chinese, Japanese, Korean letters are as wide as high
        return 1.06
    return 0.8 if plain.isupper() else 0.67


def wrapped(name: str, ems: float) -> list[str]:
    """Break a name into lines of at most so many ems, at spaces and after hyphens; a longer word stays whole."""
    lines = [""]
    for word in name.split():
        pieces = word.replace("-", "-\0").split("\0")
        for number, piece in enumerate(pieces):
            glue = " " if number == 0 and lines[-1] else ""
            if lines[-1] and width_of(f"{lines[-1]}{glue}{piece}") > ems:
                lines.append(piece)
            else:
                lines[-1] += glue + piece
    return lines


def size_for(name: str, width: float, height: float, largest: int = SIZES[0]) -> int:
    """Return the largest size in points at which a name fits a box, whole words on each line; at worst the smallest."""
    for size in SIZES:
        em = size * POINT
        lines = wrapped(name, width / em)
        fits_down = len(lines) * LINE * em <= height
        if size <= largest and fits_down and all(width_of(line) * em <= width for line in lines):
            return size
    return SIZES[-1]


def pages_of(items: Sequence[Item], a_page: int) -> list[Sequence[Item]]:
    """Return the items page by page."""
    return [items[at : at + a_page] for at in range(0, len(items), a_page)]
