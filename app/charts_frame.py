"""Lay out what charts share: names on the left, a whole axis, figures on the right, ends and notes below."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.charts_canvas import Canvas, text_width, wrap
from app.charts_palette import Palette

TEXT, SMALL = 13.5, 12.0
ROW, LINE, SMALL_LINE = 30.0, 17.0, 16.5  # height of a row, and of each line of words
BAR, WHISKER, CAP = 16.0, 1.5, 7.0
EDGE, GAP = 2.0, 14.0  # room at the sheet’s sides, and between columns
NAMES_AT_MOST = 0.4  # of the sheet’s width


@dataclass(frozen=True, slots=True)
class Tick:
    """A step of the axis: its place from 0 (left end) to 1 (right end), and what is written under it."""

    place: float
    text: str


class Frame:
    """A sheet with its columns and rows measured, the words of the frame drawn, ready for the marks.

    `names` and `values` are the rows’ words, `ends` what the two ends of the axis mean, `beyond` the width
    kept free at the right of the values, in pixels.
    """

    def __init__(
        self,
        names: Sequence[str],
        values: Sequence[str],
        ticks: Sequence[Tick],
        notes: Sequence[str],
        palette: Palette,
        width: float,
        *,
        ends: tuple[str, str] = ("", ""),
        beyond: float = 0,
    ) -> None:
        self.palette, self.width = palette, width
        widest = max((text_width(name, TEXT) for name in names), default=0)
        names_width = min(widest, NAMES_AT_MOST * width)
        values_width = max((text_width(value, TEXT, strong=True) for value in values), default=0)
        self.start = EDGE + names_width + GAP
        self.values_end = width - EDGE - beyond
        self.end = self.values_end - values_width - GAP
        lines = [wrap(name, names_width, TEXT) for name in names]
        self.heights = [max(ROW, len(words) * LINE + ROW - LINE) for words in lines]
        tops = [sum(self.heights[:row]) for row in range(len(names))]
        self.middles = [top + height / 2 for top, height in zip(tops, self.heights, strict=True)]
        self.bottom = sum(self.heights)
        end_lines = [wrap(text, (self.end - self.start) / 2 - GAP, SMALL) if text else [] for text in ends]
        ends_top = self.bottom + 4 + SMALL_LINE
        notes_top = ends_top + max(map(len, end_lines)) * SMALL_LINE + 8
        note_lines = [line for note in notes for line in wrap(note, width - 2 * EDGE, SMALL)]
        self.canvas = Canvas(width, notes_top + len(note_lines) * SMALL_LINE, palette.paper)
        self._draw_axis(ticks)
        self._draw_ends(end_lines, ends_top)
        self._draw_rows(lines, values)
        self._write(note_lines, (EDGE, notes_top), "left")

    def x(self, place: float) -> float:
        """Give where a place of the axis stands, in pixels; what lies outside 0 to 1 goes to the nearest end."""
        return self.start + min(max(place, 0.0), 1.0) * (self.end - self.start)

    def whisker(self, row: int, low: float, high: float) -> None:
        """Draw an interval between two places of the axis, parted from the bar it crosses."""
        y, left, right = self.middles[row], self.x(low), self.x(high)
        for colour, more in ((self.palette.halo, 2.5), (self.palette.ink, 0.0)):
            thick = WHISKER + more
            self.canvas.line((left - more / 2, y), (right + more / 2, y), colour, thick)
            for x in (left, right):
                self.canvas.line((x, y - (CAP + more) / 2), (x, y + (CAP + more) / 2), colour, thick)

    def _draw_axis(self, ticks: Sequence[Tick]) -> None:
        for middle in self.middles:
            self.canvas.bar((self.start, middle), self.end - self.start, BAR, self.palette.track)
        widest = max(text_width(tick.text, SMALL) for tick in ticks)
        crowded = (self.end - self.start) / (len(ticks) - 1) < widest + 8
        for step, tick in enumerate(ticks):
            x = self.x(tick.place)
            self.canvas.line((x, 0), (x, self.bottom), self.palette.line, 1)
            if crowded and step % 2:  # with an odd number of steps, both ends keep theirs
                continue
            at = (x, self.bottom + SMALL_LINE / 2)
            self.canvas.text(at, tick.text, self.palette.soft, SMALL, align="center")

    def _draw_ends(self, lines: Sequence[Sequence[str]], top: float) -> None:
        low, high = lines
        self._write(low, (self.start, top), "left")
        self._write(high, (self.end, top), "right")

    def _draw_rows(self, lines: Sequence[Sequence[str]], values: Sequence[str]) -> None:
        for middle, words, value in zip(self.middles, lines, values, strict=True):
            first = middle - (len(words) - 1) * LINE / 2
            for place, line in enumerate(words):
                self.canvas.text((EDGE, first + place * LINE), line, self.palette.ink, TEXT)
            self.canvas.text(
                (self.values_end, middle), value, self.palette.ink, TEXT, strong=True, align="right"
            )

    def _write(self, lines: Sequence[str], corner: tuple[float, float], align: str) -> None:
        x, top = corner
        for place, line in enumerate(lines):
            y = top + (place + 0.5) * SMALL_LINE
            self.canvas.text(
                (x, y), line, self.palette.soft, SMALL, align="right" if align == "right" else "left"
            )
