"""The picture that goes with a link to an event: 1200 × 630 pixels, as link previews want it."""

from __future__ import annotations

import io
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.ImageFont import FreeTypeFont

FONTS = Path(__file__).parent.parent / "vendor" / "fonts"  # as bin/vendor unpacks them
WIDTH, HEIGHT, MARGIN = 1200, 630, 80
LINES, SMALLEST = 3, 64
PAPER = "#fcf6ea"  # as css/tokens.css has it in the light


def draw_card(title: str, when: str, city: str, brand: str, palette: Mapping[str, str]) -> bytes:
    """Return a PNG. A title too long for three lines of the largest size is set smaller, then cut short."""
    from PIL import Image, ImageDraw

    image = Image.new("RGB", (WIDTH, HEIGHT), PAPER)
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 0, WIDTH, 16), fill=palette["points"])
    draw.text((MARGIN, 64), brand, font=_font("bricolage", 40, 700), fill=palette["accent"])
    size, lines = _fit(title)
    font = _font("bricolage", size, 700)
    top = 150
    for line in lines:
        draw.text((MARGIN, top), line, font=font, fill=palette["ink"])
        top += round(size * 1.12)
    draw.text((MARGIN, HEIGHT - 170), city, font=_font("inter", 44, 600), fill=palette["ink"])
    draw.text((MARGIN, HEIGHT - 108), when, font=_font("inter", 38, 400), fill=palette["ink-soft"])
    file = io.BytesIO()
    image.save(file, "PNG", optimize=True)
    return file.getvalue()


def _fit(title: str) -> tuple[int, list[str]]:
    for size in (96, 80, SMALLEST):
        lines = _wrap(title, size)
        if len(lines) <= LINES:
            return size, lines
    first = _wrap(title, SMALLEST)[:LINES]
    return SMALLEST, [*first[:-1], f"{first[-1]}…"]


def _wrap(title: str, size: int) -> list[str]:
    font, lines = _font("bricolage", size, 700), [""]
    for word in title.split():
        longer = f"{lines[-1]} {word}".strip()
        if font.getlength(longer) <= WIDTH - 2 * MARGIN or not lines[-1]:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


@cache
def _font(family: str, size: int, weight: int) -> FreeTypeFont:
    from PIL import ImageFont

    font = ImageFont.truetype(FONTS / f"{family}.ttf", size)
    axes = [
        weight if axis["name"] in (b"Weight", "Weight") else axis["default"] or 0
        for axis in font.get_variation_axes()
    ]
    font.set_variation_by_axes([float(axis) for axis in axes])
    return font
