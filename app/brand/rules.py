"""Colour rules of the brand: contrast, the nearest colour that passes, and the palette derived from three colours.

Pure: no Flask, no database. Contrast is the ratio of WCAG 2.2 (relative luminance of sRGB); lightness is moved in
OKLCH, where equal steps look equal, with Björn Ottosson's matrices (https://bottosson.github.io/posts/oklab/).
"""

import math
import re
from dataclasses import dataclass
from functools import lru_cache

TEXT_RATIO = 4.5  # WCAG 2.2 success criterion 1.4.3, text of any size
GRAPHIC_RATIO = 3.0  # 1.4.11, borders of inputs and icons that carry meaning

PAPER = "#fcf6ea"
CREAM = "#f6efdf"
PEACH = 0.25  # radians towards yellow: a pale terracotta is peach, not pink
DEFAULT_INK = "#17402f"
DEFAULT_ACCENT = "#b4472b"
DEFAULT_POINTS = "#f2b632"

_HEX = re.compile(r"#?([0-9a-f]{3}|[0-9a-f]{6})", re.IGNORECASE)

Rgb = tuple[int, int, int]
Oklch = tuple[float, float, float]


def parse_hex(text: str) -> Rgb:
    """Read `#rgb` or `#rrggbb` (the # may be missing) as three integers 0–255; ValueError for anything else."""
    match = _HEX.fullmatch(text.strip())
    if not match:
        raise ValueError(f"not a colour like #17362b: {text!r}")
    digits = match[1] if len(match[1]) == 6 else "".join(d * 2 for d in match[1])
    return int(digits[0:2], 16), int(digits[2:4], 16), int(digits[4:6], 16)


def to_hex(rgb: Rgb) -> str:
    """Write three integers 0–255 as `#rrggbb`."""
    return "#{:02x}{:02x}{:02x}".format(*rgb)


def luminance(colour: str) -> float:
    """Give the WCAG relative luminance, 0 (black) to 1 (white)."""
    r, g, b = (_linear(c) for c in parse_hex(colour))
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def contrast(one: str, other: str) -> float:
    """Give the WCAG contrast ratio of two colours, 1 to 21, whichever is the lighter."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@lru_cache(maxsize=512)
def nearest_passing(colour: str, *against: str, ratio: float = TEXT_RATIO) -> str:
    """Give the colour of the same hue, nearest in OKLCH lightness, that keeps `ratio` against every background.

    The colour itself, normalised, when it already passes. ValueError when no lightness passes.
    """
    if _passes(colour, against, ratio):
        return to_hex(parse_hex(colour))
    lightness, chroma, hue = to_oklch(colour)
    for step in range(1, 251):
        for moved in (lightness - step / 250, lightness + step / 250):
            if not -0.004 <= moved <= 1.004:
                continue
            candidate = from_oklch((min(max(moved, 0.0), 1.0), chroma, hue))
            if _passes(candidate, against, ratio):
                return candidate
    raise ValueError(f"no lightness of {colour} reaches {ratio}:1 against {', '.join(against)}")


def readable_on(background: str, preferred: str = PAPER, other: str = "#1a1510") -> str:
    """Choose the text colour for a background: `preferred` if it passes, else `other`, else plain black or white."""
    for candidate in (preferred, other):
        if contrast(candidate, background) >= TEXT_RATIO:
            return candidate
    return max(("#000000", "#ffffff"), key=lambda c: contrast(c, background))


def dark_variant(colour: str, *backgrounds: str, ratio: float = 5.5) -> str:
    """Give the colour as dark mode shows it: same hue, light enough for text on `backgrounds`, a little calmer."""
    lightness, chroma, hue = to_oklch(colour)
    lifted = from_oklch((max(lightness, 0.71), min(chroma, 0.15), hue))
    return nearest_passing(lifted, *backgrounds, ratio=ratio)


@dataclass(frozen=True)
class ColourProblem:
    """Say that one brand colour fails: its field, the ratio it reaches and needs, the nearest colour that passes."""

    field: str
    colour: str
    against: str
    ratio: float
    needed: float
    suggestion: str


def check_brand_colours(ink: str, accent: str, points: str) -> list[ColourProblem]:
    """List the brand colours that fail, in form order; empty when all three can be used.

    Ink and accent are read as text on paper; points lies under ink, as the number on a points chip.
    """
    problems = []
    for field, colour, needed in (("ink", ink, 7.0), ("accent", accent, TEXT_RATIO)):
        if contrast(colour, PAPER) < needed:
            fixed = nearest_passing(colour, PAPER, ratio=needed)
            problems.append(_problem(field, colour, PAPER, needed, fixed))
    # When the ink itself is refused, points is judged against the ink that would replace it.
    text = nearest_passing(ink, PAPER, ratio=7.0)
    if contrast(points, text) < TEXT_RATIO:
        problems.append(_problem("points", points, text, TEXT_RATIO, nearest_passing(points, text)))
    return problems


def palette(ink: str, accent: str, points: str) -> dict[str, str]:
    """Derive every brand colour that the style sheets use from three, for light and (`…-dark`) for dark pages.

    Colours that would fail are moved to the nearest that passes, so that a page stays readable whatever is stored.
    """
    ink = nearest_passing(ink, PAPER, ratio=7.0)
    accent = nearest_passing(accent, PAPER)
    points = nearest_passing(points, ink)
    return _light(ink, accent, points) | {f"{k}-dark": v for k, v in _dark(ink, accent, points).items()}


def stylesheet(ink: str, accent: str, points: str) -> str:
    """Write `/brand.css`: the palette as `--brand-*` custom properties, read by static/css/tokens.css."""
    lines = "".join(f"--brand-{name}:{colour};" for name, colour in palette(ink, accent, points).items())
    return f":root{{{lines}}}\n"


def to_oklch(colour: str) -> Oklch:
    """Convert to OKLCH: lightness 0–1, chroma 0–0.4, hue in radians."""
    r, g, b = (_linear(c) for c in parse_hex(colour))
    long = math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b)
    medium = math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b)
    short = math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b)
    lightness = 0.2104542553 * long + 0.7936177850 * medium - 0.0040720468 * short
    a = 1.9779984951 * long - 2.4285922050 * medium + 0.4505937099 * short
    b_ = 0.0259040371 * long + 0.7827717662 * medium - 0.8086757660 * short
    return lightness, math.hypot(a, b_), math.atan2(b_, a)


def from_oklch(lch: Oklch) -> str:
    """Convert from OKLCH to `#rrggbb`, lowering chroma until the colour exists in sRGB."""
    lightness, chroma, hue = lch
    low, high = 0.0, chroma
    if not _in_gamut(_oklch_to_linear(lch)):
        for _ in range(20):
            middle = (low + high) / 2
            low, high = (
                (middle, high) if _in_gamut(_oklch_to_linear((lightness, middle, hue))) else (low, middle)
            )
        chroma = low
    r, g, b = (_encode(c) for c in _oklch_to_linear((lightness, chroma, hue)))
    return to_hex((r, g, b))


def _light(ink: str, accent: str, points: str) -> dict[str, str]:
    hue = to_oklch(ink)[2]
    accent_hue, points_hue = to_oklch(accent)[2], to_oklch(points)[2]
    tint = _tint(ink)
    return {
        "ink": ink,
        "ink-soft": from_oklch((0.46, 0.035 * tint, hue)),
        "panel": ink,
        "panel-soft": from_oklch((0.40, min(to_oklch(ink)[1] + 0.01, 0.06), hue)),
        "on-panel": readable_on(ink),
        "accent": accent,
        "on-accent": readable_on(accent, "#ffffff"),
        "accent-soft": from_oklch((0.92, 0.05 * _tint(accent), accent_hue + PEACH)),
        "points": points,
        "on-points": ink,
        "points-soft": from_oklch((0.945, 0.055 * _tint(points), points_hue)),
    }


def _dark(ink: str, accent: str, points: str) -> dict[str, str]:
    hue, tint = to_oklch(ink)[2], _tint(ink)
    accent_hue, points_hue = to_oklch(accent)[2], to_oklch(points)[2]
    paper, surface = from_oklch((0.215, 0.02 * tint, hue)), from_oklch((0.265, 0.024 * tint, hue))
    panel = from_oklch((0.33, 0.052 * tint, hue))
    accent, points = dark_variant(accent, surface), dark_variant(points, surface, panel)
    return {
        "ink": CREAM,
        "ink-soft": from_oklch((0.80, 0.02 * tint, hue)),
        "paper": paper,
        "surface": surface,
        "sunk": from_oklch((0.18, 0.017 * tint, hue)),
        "line": from_oklch((0.36, 0.025 * tint, hue)),
        "line-strong": from_oklch((0.62, 0.025 * tint, hue)),
        "panel": panel,
        "panel-soft": from_oklch((0.40, 0.055 * tint, hue)),
        "on-panel": CREAM,
        "accent": accent,
        "on-accent": readable_on(accent, "#1d0f08"),
        "accent-soft": from_oklch((0.31, 0.045 * _tint(accent), accent_hue + PEACH)),
        "points": points,
        "on-points": readable_on(points, "#20190a"),
        "points-soft": from_oklch((0.32, 0.045 * _tint(points), points_hue)),
    }


def _tint(colour: str) -> float:
    """Say how coloured a colour is, 0 (grey) to 1, so that a grey brand gets grey surfaces."""
    return min(to_oklch(colour)[1] / 0.04, 1.0)


def _problem(field: str, colour: str, against: str, needed: float, suggestion: str) -> ColourProblem:
    return ColourProblem(
        field, to_hex(parse_hex(colour)), against, contrast(colour, against), needed, suggestion
    )


def _passes(colour: str, against: tuple[str, ...], ratio: float) -> bool:
    return all(contrast(colour, other) >= ratio for other in against)


def _linear(channel: int) -> float:
    c = channel / 255
    return c / 12.92 if c <= 0.04045 else float(((c + 0.055) / 1.055) ** 2.4)


def _encode(linear: float) -> int:
    c = min(max(linear, 0.0), 1.0)
    return round(255 * (12.92 * c if c <= 0.0031308 else 1.055 * c ** (1 / 2.4) - 0.055))


def _oklch_to_linear(lch: Oklch) -> tuple[float, float, float]:
    lightness, chroma, hue = lch
    a, b = chroma * math.cos(hue), chroma * math.sin(hue)
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
    )


def _in_gamut(rgb: tuple[float, float, float]) -> bool:
    return all(-1e-6 <= c <= 1 + 1e-6 for c in rgb)
