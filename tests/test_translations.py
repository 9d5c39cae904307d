"""French and English are equals: every string has its French, written as French is, and no template has bare text."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from babel.messages.catalog import Message
from flask import Flask
from jinja2 import Environment, nodes
from jinja2.lexer import TOKEN_DATA

from app.cli import extract, read_french

TEMPLATES = sorted(Path("templates").rglob("*.html"))
# Names and addresses that are the same in every language.
NAMES = {
    "Terrain",
    "Montréal",
    "Saint",
    "Étienne",
    "du",
    "Rouvray",
    "Français",
    "English",
    "JSON",
    "CSV",
    "PDF",
    "QR",
    "UTC",
    "Lyon",
}
TAG = re.compile(r"<(script|style|code|svg)\b.*?</\1>|<!--.*?-->|<[^>]*>", re.DOTALL | re.IGNORECASE)
ENTITY = re.compile(r"&#?\w+;")
WORD = re.compile(r"[^\W\d_]{2,}")
WRITES_AS_A_LANGUAGE = {"date", "datetime", "in_language", "number", "percent", "time"}


def texts(message: Message) -> list[str]:
    return list(message.string) if isinstance(message.string, tuple | list) else [str(message.string or "")]


def test_no_sentence_stands_in_a_formatted_string_where_it_is_not_found() -> None:
    for path in Path("app").rglob("*.py"):
        for formatted in ast.walk(ast.parse(path.read_text())):
            calls = ast.walk(formatted) if isinstance(formatted, ast.JoinedStr) else ()
            named = {
                call.func.id
                for call in calls
                if isinstance(call, ast.Call) and isinstance(call.func, ast.Name)
            }
            assert not named & {"_", "_l", "ngettext"}, f"{path}:{formatted.lineno}"  # type: ignore[attr-defined]


def test_every_string_has_its_french_and_none_is_doubtful() -> None:
    french = read_french()
    missing = []
    for message in extract():
        known = french.get(message.id)
        if message.id and (known is None or known.fuzzy or not all(texts(known))):
            missing.append(message.id)
    assert missing == []


def test_french_has_typographic_apostrophes_and_no_break_spaces() -> None:
    faults = []
    for message in read_french():
        for text in texts(message) if message.id else []:
            plain = re.sub(r"https?://\S*|%\(\w+\)[sd]|<[^>]*>|\b\d{1,2}:\d{2}", "", text)
            if re.search(r"\w'\w", plain) or re.search(
                r"[^\s\u00a0]\u0020?[;?!]|[\w)»]\u0020?:(\s|$)|«\u0020|\u0020»", plain
            ):
                faults.append(text)
    assert faults == []


def test_placeholders_are_the_same_in_both_languages() -> None:
    wrong = []
    for message in read_french():
        originals = message.id if isinstance(message.id, tuple | list) else [message.id]
        wanted = {name for text in originals for name in re.findall(r"%\((\w+)\)", str(text))}
        found = texts(message) if message.id else []
        wrong += [text for text in found if set(re.findall(r"%\((\w+)\)", text)) - wanted]
    assert wrong == []


@pytest.mark.parametrize("path", TEMPLATES, ids=str)
def test_a_template_has_no_bare_text(path: Path) -> None:
    # Classes of the body, given by a block, and ends of ids, and attributes that a macro writes, are no text.
    source = re.sub(r"{% block \w+_class %}.*?{% endblock %}", "", path.read_text())
    tokens = Environment(extensions=["jinja2.ext.i18n"], autoescape=True).lexer.tokeniter(source, str(path))
    bare = "".join(value if kind == TOKEN_DATA else "\u0001" for _line, kind, value in tokens)
    # A tag may hold a template's expression: what stands between < and > is no text.
    words = WORD.findall(ENTITY.sub(" ", TAG.sub(" ", re.sub(r"\x01-\w+|\b[\w-]+=\"", " ", bare))))
    assert set(words) <= NAMES, f"{path}: {sorted(set(words) - NAMES)}"


@pytest.mark.parametrize("path", TEMPLATES, ids=str)
def test_a_template_writes_no_constant_as_a_language_does(session_app: Flask, path: Path) -> None:
    """Jinja would write it once, when it compiles the template, in the language of who asked first."""
    written = {
        constant.value
        for filtered in session_app.jinja_env.parse(path.read_text()).find_all(nodes.Filter)
        if filtered.name in WRITES_AS_A_LANGUAGE and isinstance(constant := filtered.node, nodes.Const)
    }
    assert written == set()
