"""Choose what fans wrote for a report, and mask in it what could tell who wrote it.

Masking is a net with holes: nobody is named, and a report says that the words were masked by a program.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable
from hashlib import sha256

from app.reports.rules_snapshot import Quote

MOST_QUOTES = 12
FEWEST_WORDS = 3
LONGEST_QUOTE = 400  # characters
MASK = "[…]"

_ADDRESSES = re.compile(
    r"""
    [^\s@<>()\[\],;:]+ \s* (?:@|\(at\)|\[at\]) \s* [^\s@<>()\[\],;:]+\.\w{2,}   # e-mail addresses
    | https?://\S+ | \bwww\.\S+                                                  # pages
    | (?<![\w@])@\w[\w.]+                                                        # names on networks
    | (?<![\w+]) (?:\+|00)? \d (?:[\s.\-/()\u00a0\u202f]{0,2}\d){7,} (?!\w)      # telephones: 8 digits or more
    """,
    re.VERBOSE | re.IGNORECASE,
)
_WORD = re.compile(r"[^\W\d_]+(?:[’'\-][^\W\d_]+)*")
_SENTENCE_END = re.compile(r"(?:^|[.!?…:\n])[\s«»“”\"()\-–—]*$")
_LONGEST_NAME = 5  # words


class Names:
    """The names of the people who were there, to be found in what they wrote, whatever the case and accents."""

    def __init__(self, display_names: Iterable[str]) -> None:
        whole = [tuple(map(_plain, _WORD.findall(name))) for name in display_names]
        turned = [(*name[1:], name[0]) for name in whole if len(name) > 1]
        self._whole = {name for name in [*whole, *turned] if len(name) > 1}
        self._parts = {part for name in whole for part in name if len(part) > 2}

    def mask(self, text: str) -> str:
        """Mask whole names anywhere, and parts of names where a capital says that they are names.

        A capital at the beginning of a sentence says nothing: many surnames are words, such as Petit.
        """
        words = list(_WORD.finditer(text))
        masked, end, index = [], 0, 0
        while index < len(words):
            size = self._size_of_name(text, words, index)
            if size:
                masked += [text[end : words[index].start()], MASK]
                end = words[index + size - 1].end()
            index += size or 1
        return "".join([*masked, text[end:]])

    def _size_of_name(self, text: str, words: list[re.Match[str]], index: int) -> int:
        """Return how many words from this one on are a name, 0 for none."""
        for size in range(min(_LONGEST_NAME, len(words) - index), 1, -1):
            if tuple(_plain(word.group()) for word in words[index : index + size]) in self._whole:
                return size
        run = 0
        while run < len(words) - index and self._is_part(words[index + run].group()):
            run += 1
        begins = bool(_SENTENCE_END.search(text[: words[index].start()]))
        return 0 if begins and run == 1 else run

    def _is_part(self, word: str) -> bool:
        return word[0].isupper() and _plain(word) in self._parts


def draw_quotes(written: Collection[tuple[str, str]], names: Names, lot: str) -> tuple[Quote, ...]:
    """Draw up to twelve answers by lot from pairs of (language, words), masked, too short ones left out.

    The lot is the hash of `lot`, a name for the draw, and of the words themselves: the same answers are drawn each
    time, and their order says nothing about who answered when.
    """
    readable = {(language, scrub(words, names)) for language, words in written}
    worth = [(language, words) for language, words in readable if len(_WORD.findall(words)) >= FEWEST_WORDS]
    drawn = sorted(worth, key=lambda one: sha256("\n".join((lot, *one)).encode()).digest())[:MOST_QUOTES]
    return tuple(Quote(language, words) for language, words in drawn)


def scrub(words: str, names: Names) -> str:
    """Mask addresses, telephone numbers and names, put the words on one line and cut them when they are long."""
    masked = names.mask(_ADDRESSES.sub(MASK, unicodedata.normalize("NFC", words)))
    line = " ".join(masked.split())
    if len(line) <= LONGEST_QUOTE:
        return line
    return line[:LONGEST_QUOTE].rsplit(" ", 1)[0].rstrip(" ,;:.") + "…"


def _plain(word: str) -> str:
    decomposed = unicodedata.normalize("NFKD", word.replace("’", "'"))
    return "".join(c for c in decomposed if not unicodedata.combining(c)).casefold()
