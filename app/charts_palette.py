"""Choose a chart’s colours from the brand’s, so that they stay apart in grey and on dark pages."""

from dataclasses import dataclass

from app.brand.rules import (
    CREAM,
    DEFAULT_ACCENT,
    DEFAULT_INK,
    DEFAULT_POINTS,
    from_oklch,
    nearest_passing,
    to_oklch,
)

# OKLCH lightness of the three series: far enough apart to be told from one another in a photocopy.
LIGHT_STEPS, DARK_STEPS = (0.44, 0.64, 0.84), (0.62, 0.76, 0.90)
LEAST_COLOUR = 0.07  # chroma under which a brand’s deep ink would turn into a grey when lightened
DARK_SURFACE = "#182621"


@dataclass(frozen=True, slots=True)
class Palette:
    """Hexadecimal colours: `ink` and `soft` for words, `track` for the whole axis, `line` for its steps.

    `paper` is the background, or None for none; `halo` parts a line from the bar it crosses; `quiet` fills
    the rows that a chart does not speak of; `series` are the colours of what it does speak of.
    """

    ink: str
    soft: str
    paper: str | None
    halo: str
    track: str
    line: str
    quiet: str
    series: tuple[str, ...]


def brand_palette(ink: str, accent: str, points: str, *, dark: bool = False) -> Palette:
    """Derive the colours of charts from the brand’s three, for light paper or for dark pages."""
    steps = DARK_STEPS if dark else LIGHT_STEPS
    series = tuple(_at(colour, step) for colour, step in zip((ink, accent, points), steps, strict=True))
    if dark:
        return Palette(CREAM, "#b2c2bb", None, DARK_SURFACE, "#22332c", "#3c5047", "#5c7168", series)
    dark_ink = nearest_passing(ink, "#fffdf8", ratio=7.0)
    return Palette(dark_ink, "#455f54", None, "#fffdf8", "#f3ead9", "#dccfb6", "#b9ad97", series)


def _at(colour: str, lightness: float) -> str:
    """Give the colour’s hue at another lightness; a brand’s black or grey stays grey."""
    _lightness, chroma, hue = to_oklch(colour)
    return from_oklch((lightness, max(chroma, LEAST_COLOUR) if chroma > 0.02 else chroma, hue))


DEFAULT = brand_palette(DEFAULT_INK, DEFAULT_ACCENT, DEFAULT_POINTS)
