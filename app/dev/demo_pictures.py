"""The demo's pictures: landscapes of moons, hills and bubbles, drawn from a seed, and the brand's logo."""

from __future__ import annotations

import io
import math
from random import Random
from typing import IO, TYPE_CHECKING

from app.dev.demo_story import ASSETS, dice
from app.media import store_picture

if TYPE_CHECKING:
    from PIL import Image, ImageDraw

SIZE = (1120, 630)  # pixels
FINE = 2  # drawn that much larger, then shrunk: smooth edges

# sky above, sky below, moon, then the hills from far to near
PALETTES = (
    ("#fbe6c4", "#f6b79a", "#fff8e6", "#d98a73", "#b1565a", "#5d2f45"),
    ("#dcefe2", "#a9d3bd", "#fdf3c9", "#6fae95", "#2f7464", "#173f35"),
    ("#fdf0c2", "#f3c53c", "#ffffff", "#d99a32", "#7f8a3f", "#2c4f38"),
    ("#dfe7f3", "#a8b8d8", "#fff3d6", "#7d86b5", "#4b4f86", "#272a52"),
    ("#f7dfe0", "#e59aa1", "#fff4e9", "#c25a68", "#7c3350", "#3a1f3c"),
    ("#e6f1f3", "#9cc9cf", "#fff6d8", "#4f9aa0", "#28656f", "#123c46"),
    ("#f3ead8", "#d7c39a", "#fffaf0", "#a9a066", "#69783f", "#33472b"),
)


def logo() -> IO[bytes]:
    """Return the brand's logo, drawn once for all."""
    return io.BytesIO((ASSETS / "logo.png").read_bytes())


def store_landscape(number: int) -> int:
    """Draw the nth landscape and keep it; return the picture's id."""
    image = draw_landscape(PALETTES[number % len(PALETTES)], dice(f"landscape {number}"))
    file = io.BytesIO()
    image.save(file, "PNG", compress_level=1)
    file.seek(0)
    return store_picture(file).id


def draw_landscape(palette: tuple[str, ...], random: Random) -> Image.Image:
    """Draw a moon over hills, a few sprigs on the nearest one, and bubbles that rise."""
    from PIL import Image, ImageDraw, ImageOps

    width, height = SIZE[0] * FINE, SIZE[1] * FINE
    sky = Image.linear_gradient("L").resize((width, height))
    image = ImageOps.colorize(sky, palette[0], palette[1])
    draw = ImageDraw.Draw(image, "RGBA")
    x, y = width * random.uniform(0.24, 0.42), height * random.uniform(0.26, 0.38)
    for radius, opacity in ((0.34, 40), (0.27, 70), (0.2, 255)):
        _disc(draw, x, y, radius * height, palette[2], opacity)
    for number, colour in enumerate(palette[3:]):
        _hill(draw, height * (0.52 + 0.15 * number), height * 0.055, colour, random)
    for number in range(5):
        place, length = 0.52 + 0.105 * number + random.uniform(-0.025, 0.025), random.uniform(0.3, 0.5)
        _sprig(draw, width * place, height, height * length, palette, random)
    for _ in range(26):
        size = height * random.uniform(0.006, 0.022)
        _disc(
            draw,
            width * random.random(),
            height * random.uniform(0.2, 0.98),
            size,
            palette[2],
            random.randint(60, 150),
        )
    return image.resize(SIZE, Image.Resampling.BOX)


def _disc(draw: ImageDraw.ImageDraw, x: float, y: float, radius: float, colour: str, opacity: int) -> None:
    draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=f"{colour}{opacity:02x}")


def _hill(draw: ImageDraw.ImageDraw, level: float, swing: float, colour: str, random: Random) -> None:
    width, height = SIZE[0] * FINE, SIZE[1] * FINE
    phase, waves = random.uniform(0, 2 * math.pi), random.uniform(0.7, 1.3)
    line = [
        (
            x,
            level
            + swing * math.sin(phase + x / width * waves * 2 * math.pi)
            + swing * 0.4 * math.sin(phase * 3 + x / width * 7),
        )
        for x in range(0, width + 16, 16)
    ]
    draw.polygon([*line, (width, height), (0, height)], fill=colour)


def _sprig(
    draw: ImageDraw.ImageDraw,
    x: float,
    ground: float,
    length: float,
    palette: tuple[str, ...],
    random: Random,
) -> None:
    lean, leaves = random.uniform(-0.25, 0.25), random.randint(6, 9)
    stem = [
        (x + lean * length * t * t, ground - length * t)
        for t in (step / leaves for step in range(leaves + 1))
    ]
    draw.line(stem, fill=palette[1], width=4 * FINE)
    for step, (left, top) in enumerate(stem[2:], 2):
        size = length * 0.2 * (1.25 - step / leaves)
        for side in (-1, 1):
            _leaf(draw, left, top, size, math.pi / 2 - side * 0.9 - lean, palette[1 if step % 2 else 0])


def _leaf(draw: ImageDraw.ImageDraw, x: float, y: float, length: float, angle: float, colour: str) -> None:
    """Draw a leaf from its stalk: an almond along an angle (radians, anticlockwise from the right)."""
    outline = []
    for side in (1, -1):
        for step in range(9)[::side]:
            along, across = length * step / 8, side * length * 0.2 * math.sin(math.pi * step / 8)
            outline.append(
                (
                    x + along * math.cos(angle) - across * math.sin(angle),
                    y - along * math.sin(angle) - across * math.cos(angle),
                )
            )
    draw.polygon(outline, fill=colour)
