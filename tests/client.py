"""A test client that reads each page it fetches the way a strict reviewer would."""

from __future__ import annotations

import contextvars
from typing import Any
from xml.etree.ElementTree import Element

from flask import current_app, has_app_context
from flask.testing import FlaskClient
from tinyhtml5.parser import HTMLParser
from werkzeug.test import TestResponse

from app.db import commit, db
from app.members.models import Member

NAMESPACE = "{http://www.w3.org/1999/xhtml}"
UNLABELLED = {"hidden", "submit", "button", "image", "reset"}


class Client(FlaskClient):
    """Fetch pages as one person, check every HTML answer, and leave the test's own session fresh.

    A request runs in a context of its own, as in production: nothing of the test's `g` or session leaks in.
    """

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        if has_app_context():
            commit()
        response: TestResponse = contextvars.Context().run(super().open, *args, **kwargs)
        if has_app_context():
            db.session.expire_all()
        if response.mimetype == "text/html" and not response.location and response.data:
            check_page(response.text, response.headers.get("Content-Security-Policy", ""))
        return response

    def sign_in(self, member: Member, *, strong: bool = False) -> Client:
        """Open a session for a member; `strong` as after a second factor."""
        with self.session_transaction() as session:
            session.update({"_user_id": member.fs_uniquifier, "_fresh": True, "strong": strong})
        return self

    def csrf(self, path: str) -> dict[str, str]:
        """Return the form field that proves a POST comes from a form of `path`."""
        token = field_value(self.get(path).text, "csrf_token")
        return {"csrf_token": token}


def field_value(html: str, name: str) -> str:
    """Return the value of the first input of that name, or raise AssertionError."""
    for element in page(html).iter(f"{NAMESPACE}input"):
        if element.get("name") == name:
            return element.get("value", "")
    raise AssertionError(f"no input named {name}")


def page(html: str) -> Element:
    """Parse an HTML page as a browser does."""
    return HTMLParser().parse(html)  # type: ignore[no-any-return]


def text_of(html: str) -> str:
    """Return the visible words of a page, with single spaces."""
    main = next(page(html).iter(f"{NAMESPACE}main"), None)
    return " ".join("".join((main if main is not None else page(html)).itertext()).split())


def check_page(html: str, policy: str) -> None:
    """Fail on invalid HTML, several h1, an unlabelled field, a repeated id, or what the CSP would block."""
    parser = HTMLParser()
    root = parser.parse(html)
    errors = [error for error in parser.errors if "unknown" not in str(error)]
    assert not errors, f"invalid HTML: {errors[:5]}"
    elements = [element for element in root.iter() if isinstance(element.tag, str)]
    tags = [(element.tag.removeprefix(NAMESPACE), element) for element in elements]
    assert [tag for tag, _ in tags].count("h1") == 1, "a page has one h1"
    html_tag = next(element for tag, element in tags if tag == "html")
    assert html_tag.get("lang") in {"fr", "en"}, "the page says its language"
    ids = [value for _, element in tags if (value := element.get("id"))]
    assert len(ids) == len(set(ids)), f"repeated ids: {[value for value in ids if ids.count(value) > 1]}"
    _check_labels(tags)
    for tag, element in tags:
        inline = [name for name in element.attrib if name == "style" or name.startswith("on")]
        assert not inline, f"{tag} has {inline}, which the CSP blocks"
        if tag == "script":
            assert f"'nonce-{element.get('nonce')}'" in policy, "a script without this page’s nonce"
        if tag == "img":
            assert element.get("alt") is not None, f"an image without alt: {element.attrib}"


def _check_labels(tags: list[tuple[str, Element]]) -> None:
    labelled = {element.get("for") for tag, element in tags if tag == "label"}
    wrapped = {
        id(field)
        for tag, element in tags
        if tag == "label"
        for field in element.iter()
        if field is not element
    }
    for tag, element in tags:
        if tag not in {"input", "select", "textarea"} or element.get("type") in UNLABELLED:
            continue
        named = element.get("aria-label") or element.get("aria-labelledby")
        assert named or element.get("id") in labelled or id(element) in wrapped, f"no label: {element.attrib}"


def run_jobs() -> int:
    """Run what the web process left for the worker, in a context of its own; return how many jobs ran."""
    huey = current_app.extensions["huey"]
    commit()
    ran = 0
    while task := huey.dequeue():
        contextvars.Context().run(task.execute)
        ran += 1
    db.session.expire_all()
    return ran
