"""What may come in: texts without control characters, files only where they are awaited, forms sent as forms.

Everything that a browser sends passes here first, so that no form, query or page has to fear it. PostgreSQL takes no
NUL, SQLite no number beyond 64 bits, HTML and mail headers no control character, and a form no file or list in the
place of a text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from typing import Any, TypeVar
from urllib.parse import parse_qsl

from flask import Flask, Request, abort, current_app, request
from werkzeug.datastructures import ImmutableMultiDict, MultiDict
from werkzeug.exceptions import NotFound
from werkzeug.formparser import FormDataParser
from werkzeug.routing import IntegerConverter, Map, ValidationError
from werkzeug.sansio.http import parse_cookie

from app.i18n import _

View = TypeVar("View", bound=Callable[..., Any])

FORMS = {"application/x-www-form-urlencoded", "multipart/form-data"}
JSON = {"application/json"}
LARGEST_ID = 2**31 - 1  # of a PostgreSQL integer
MOST_PAGES = 1_000_000
# What no text holds: control characters but tab and line ends, halves of characters, and what Unicode keeps unused.
UNWRITABLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef"
    + "".join(chr(plane * 0x10000 + last) for plane in range(17) for last in (0xFFFE, 0xFFFF))
    + "]"
)


def takes_files(*names: str) -> Callable[[View], View]:
    """Let this view take files in fields of these names; any other file is refused before a form sees it."""

    def mark(view: View) -> View:
        view.takes_files = frozenset(names)  # type: ignore[attr-defined]
        return view

    return mark


def takes_json(view: View) -> View:
    """Let this view take a JSON body."""
    view.takes_json = True  # type: ignore[attr-defined]
    return view


def tidy(text: str) -> str:
    """Put a space where a text holds what no database, page or mail can."""
    return UNWRITABLE.sub(" ", text)


def _tidy_all(pairs: Iterable[tuple[str | None, str]]) -> list[tuple[str, str]]:
    return [(tidy(name or ""), tidy(value)) for name, value in pairs]  # a part of a form may have no name


class TidyFormParser(FormDataParser):
    """Read forms, and tidy their texts."""

    def parse(self, *args: Any, **kwargs: Any) -> Any:
        """Return the rest of the stream, the texts and the files of a form."""
        stream, form, files = super().parse(*args, **kwargs)
        for _name, upload in files.items(multi=True):  # noqa: PERF102 - values() gives the first of each name
            upload.filename = tidy(upload.filename or "")
        return stream, self.cls(_tidy_all(form.items(multi=True))), files


class TidyRequest(Request):
    """What a browser sent, tidied as it is read."""

    form_data_parser_class = TidyFormParser

    @cached_property
    def args(self) -> MultiDict[str, str]:
        """Return what the address says after its question mark; bytes that are no UTF-8 are replaced."""
        query = self.query_string.decode(errors="replace")
        pairs = parse_qsl(query, keep_blank_values=True, errors="replace")
        return self.parameter_storage_class(_tidy_all(pairs))

    @cached_property
    def cookies(self) -> ImmutableMultiDict[str, str]:
        """Return the cookies. WSGI has them in one place; Werkzeug looks for more among all headers."""
        return parse_cookie(self.environ.get("HTTP_COOKIE", ""), cls=self.dict_storage_class)  # type: ignore[return-value]

    def get_json(self, force: bool = False, silent: bool = False, cache: bool = True) -> Any:
        """Return the JSON of the body; one nested too deeply to be read is as bad as none."""
        try:
            return super().get_json(force, silent, cache)
        except RecursionError:
            return None if silent else self.on_json_loading_failed(None)


class IdConverter(IntegerConverter):
    """A number in an address, no larger than a row's."""

    def __init__(self, map: Map, **options: Any) -> None:  # noqa: A002 - werkzeug's name
        super().__init__(map, **{"max": LARGEST_ID} | options)

    def to_python(self, value: str) -> Any:
        try:
            return super().to_python(value)
        except ValidationError:
            # Left to itself Werkzeug answers 405 where the same address takes another method too.
            raise NotFound from None


def row_number(text: str) -> int:
    """Read the number of a row, or raise ValueError when no row can have it."""
    number = int(text)
    if not 0 < number <= LARGEST_ID:
        raise ValueError(text)
    return number


def init_app(app: Flask) -> None:
    app.request_class = TidyRequest
    app.url_map.converters |= {"int": IdConverter}
    app.before_request(_refuse)


def _refuse() -> None:
    values: Mapping[str, object] = request.view_args or {}
    if any(isinstance(value, str) and UNWRITABLE.search(value) for value in values.values()):
        abort(404)
    if request.query_string and request.args.get("page", 1, int) > MOST_PAGES:
        abort(404)
    if request.method == "POST" and (endpoint := request.endpoint) is not None:
        _refuse_body(current_app.view_functions[endpoint], request.mimetype)


def _refuse_body(view: Callable[..., Any], kind: str) -> None:
    wanted = JSON if getattr(view, "takes_json", False) else FORMS
    if kind and kind not in wanted:
        abort(415, _("This page takes no body of the type %(type)s.", type=kind))
    if kind in FORMS and set(request.files) - getattr(view, "takes_files", frozenset()):
        abort(400, _("A file was sent where a text belongs."))
