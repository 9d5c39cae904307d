"""Give matplotlib the house’s letters: Inter from app/static/vendor/fonts, unpacked once for each process.

The browser’s files are compressed and variable, which matplotlib cannot read, so a regular and a semibold
face are made from them. Each gets a family name of its own, since a system’s Inter may look different and
would change the bytes of a chart from one machine to the next.
"""

import atexit
import shutil
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from fontTools.ttLib import TTFont
from fontTools.varLib import instancer
from matplotlib import get_data_path
from matplotlib.font_manager import FontProperties, fontManager

FOLDER = Path(__file__).parent / "static" / "vendor" / "fonts"
LATIN, EXTENDED = "inter-latin-wght-normal.woff2", "inter-latin-ext-wght-normal.woff2"
SPARE = Path(get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf"  # comes with matplotlib
SEMIBOLD = 600


@dataclass(frozen=True)
class Faces:
    """The families of each weight, in the order they are tried, and each character that one of them draws."""

    regular: tuple[str, ...]
    strong: tuple[str, ...]
    characters: frozenset[int]

    def properties(self, size: float, *, strong: bool = False) -> FontProperties:
        """Return a face at `size` points."""
        return FontProperties(family=list(self.strong if strong else self.regular), size=size)

    def printable(self, text: str) -> str:
        """Drop the characters that no face draws, such as emoji, which would print as empty boxes."""
        return "".join(letter for letter in text if ord(letter) in self.characters)


@cache
def faces() -> Faces:
    """Load the faces; takes about two seconds, once."""
    folder = Path(tempfile.mkdtemp(prefix="terrain-fonts-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    latin, extended = TTFont(FOLDER / LATIN), TTFont(FOLDER / EXTENDED)
    characters = {*latin.getBestCmap(), *extended.getBestCmap(), *TTFont(SPARE).getBestCmap()}
    strong = instancer.instantiateVariableFont(TTFont(FOLDER / LATIN), {"wght": SEMIBOLD})
    regular = _add(latin, "Terrain Regular", folder)
    others = (_add(extended, "Terrain Extended", folder), "DejaVu Sans")
    return Faces(
        (regular, *others), (_add(strong, "Terrain Semibold", folder), *others), frozenset(characters)
    )


def _add(font: TTFont, family: str, folder: Path) -> str:
    """Register a face as the only weight of a family, so that no other is looked for."""
    for record in font["name"].names:
        if record.nameID in (1, 16):
            record.string = family
        elif record.nameID == 6:  # matplotlib files glyphs under this name: two faces must not share it
            record.string = family.replace(" ", "-")
    font["OS/2"].usWeightClass = 400
    font.flavor = None
    path = folder / f"{family}.ttf"
    font.save(path)
    fontManager.addfont(path)
    return family
