"""Draw on a sheet measured in CSS pixels from its top left corner, and get it as SVG, the same bytes each
time.

Letters become outlines: an SVG shown by <img> cannot use the page’s fonts, and outlines look the same in a
browser and in a PDF. Whoever shows the picture gives its figures as text beside it.
"""

from io import StringIO
from typing import Literal

import matplotlib as mpl
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Circle, Rectangle
from matplotlib.textpath import text_to_path

from app.charts_fonts import faces

# Only the worker draws, so these settings of the whole process are nobody else’s.
mpl.rcParams["svg.hashsalt"] = "terrain"
mpl.rcParams["svg.fonttype"] = "path"

POINTS = 0.75  # points in a CSS pixel
CAPITAL = 0.73  # height of Inter’s capitals and digits, in sizes
Align = Literal["left", "right", "center"]
Point = tuple[float, float]


def text_width(text: str, size: float, *, strong: bool = False) -> float:
    """Measure a line of text at `size` pixels, in pixels."""
    font = faces().properties(size * POINTS, strong=strong)
    printed = faces().printable(text)
    width, _height, _descent = text_to_path.get_text_width_height_descent(printed, font, ismath=False)
    return float(width) / POINTS


def wrap(text: str, width: float, size: float) -> list[str]:
    """Break a text into lines of `width` pixels at its plain spaces; a longer word stays whole."""
    lines = [""]
    for word in text.split(" "):
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and text_width(longer, size) > width:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines


class Canvas:
    """A sheet of `width` by `height` pixels; what is drawn later lies above. `background` None leaves it
    clear.
    """

    def __init__(self, width: float, height: float, background: str | None) -> None:
        self._figure = Figure(figsize=(width / 96, height / 96), dpi=96, facecolor=background or "none")
        self._axes = self._figure.add_axes((0, 0, 1, 1))
        self._axes.set_axis_off()
        self._axes.set_xlim(0, width)
        self._axes.set_ylim(height, 0)
        self._drawn = 0

    def text(
        self, at: Point, text: str, colour: str, size: float, *, strong: bool = False, align: Align = "left"
    ) -> None:
        """Write one line whose capitals stand in the middle of height `at[1]`."""
        self._axes.text(
            at[0],
            at[1] + CAPITAL / 2 * size,
            faces().printable(text),
            color=colour,
            fontproperties=faces().properties(size * POINTS, strong=strong),
            horizontalalignment=align,
            verticalalignment="baseline",
            parse_math=False,
            zorder=self._above(),
        )

    def bar(self, left: Point, width: float, height: float, colour: str) -> None:
        """Fill a rectangle, given the middle of its left side."""
        corner = (left[0], left[1] - height / 2)
        shape = Rectangle(corner, width, height, facecolor=colour, edgecolor="none", zorder=self._above())
        self._axes.add_patch(shape)

    def line(self, start: Point, end: Point, colour: str, thickness: float) -> None:
        """Draw a straight line `thickness` pixels thick."""
        xs, ys = zip(start, end, strict=True)
        stroke = Line2D(xs, ys, color=colour, linewidth=thickness * POINTS, zorder=self._above())
        stroke.set_solid_capstyle("butt")
        self._axes.add_line(stroke)

    def dot(self, centre: Point, radius: float, colour: str, edge: str) -> None:
        """Draw a disc with an edge that parts it from what it lies on."""
        disc = Circle(
            centre, radius, facecolor=colour, edgecolor=edge, linewidth=2 * POINTS, zorder=self._above()
        )
        self._axes.add_patch(disc)

    def svg(self) -> str:
        """Return the drawing as a standalone SVG document, without a date or a program’s name."""
        sheet = StringIO()
        unsigned = {"Date": None, "Creator": None, "Format": None, "Type": None}
        FigureCanvasSVG(self._figure).print_svg(sheet, metadata=unsigned)  # type: ignore[no-untyped-call]
        return sheet.getvalue()

    def _above(self) -> int:
        self._drawn += 1
        return self._drawn
