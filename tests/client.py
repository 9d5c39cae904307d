"""A test client that reads each page it fetches the way a strict reviewer would."""

from __future__ import annotations

import contextvars
from functools import lru_cache
from typing import Any

from flask import current_app, has_app_context
from flask.testing import FlaskClient
from justhtml import Element, JustHTML
from werkzeug.test import TestResponse

from app.db import commit, db
from app.members.models import Member

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
    fields = find(html, f'input[name="{name}"]')
    assert fields, f"no input named {name}"
    return fields[0].attrs.get("value") or ""


def form_fields(html: str) -> dict[str, Any]:
    """Return what the page’s last form sends as it stands, without its buttons."""
    form = find(html, "main form")[-1]
    fields: dict[str, Any] = {}
    for field in _elements(form, "input, textarea"):
        if name := field.attrs.get("name"):
            if field.attrs.get("type") in {"file", "submit"}:
                continue
            if field.attrs.get("type") in {"checkbox", "radio"} and "checked" not in field.attrs:
                continue
            words = field.to_text(separator="", strip=False) if field.name == "textarea" else ""
            fields[name] = field.attrs.get("value") or words
    for menu in _elements(form, "select"):
        chosen = _elements(menu, "option[selected]") or _elements(menu, "option")
        fields[menu.attrs["name"] or ""] = chosen[0].attrs.get("value")
    return fields


def _elements(within: Element, selector: str) -> list[Element]:
    return [node for node in within.query(selector) if isinstance(node, Element)]


def find(html: str, selector: str) -> list[Element]:
    """Return the elements of a page that a CSS selector chooses."""
    return [node for node in page(html).query(selector) if isinstance(node, Element)]


@lru_cache(maxsize=4)
def page(html: str) -> JustHTML:
    """Parse an HTML page as a browser does; what is returned is for reading."""
    return JustHTML(html, sanitize=False, collect_errors=True)


def text_of(html: str) -> str:
    """Return the visible words of a page, with single spaces and without what holds a word together."""
    parsed = page(html)
    main = parsed.query_one("main") or parsed.root
    return " ".join(main.to_text(separator="", strip=False).replace("\u2060", "").split())


def check_page(html: str, policy: str) -> None:
    """Fail on invalid HTML, several h1, an unlabelled field, a repeated id, or what the CSP would block."""
    parsed = page(html)
    assert not parsed.errors, f"invalid HTML: {parsed.errors[:5]}"
    elements = [node for node in parsed.query("*") if isinstance(node, Element)]
    assert [element.name for element in elements].count("h1") == 1, "a page has one h1"
    html_tag = next(element for element in elements if element.name == "html")
    assert html_tag.attrs.get("lang") in {"fr", "en"}, "the page says its language"
    ids = [value for element in elements if (value := element.attrs.get("id"))]
    assert len(ids) == len(set(ids)), f"repeated ids: {[value for value in ids if ids.count(value) > 1]}"
    _check_labels(elements)
    for element in elements:
        inline = [name for name in element.attrs if name == "style" or name.startswith("on")]
        assert not inline, f"{element.name} has {inline}, which the CSP blocks"
        if element.name == "script":
            nonce = element.attrs.get("nonce")
            assert f"'nonce-{nonce}'" in policy, "a script without this page’s nonce"
        if element.name == "img":
            assert "alt" in element.attrs, f"an image without alt: {element.attrs}"


def _check_labels(elements: list[Element]) -> None:
    labels = [element for element in elements if element.name == "label"]
    labelled = {label.attrs.get("for") for label in labels}
    wrapped = {id(field) for label in labels for field in label.query("input, select, textarea")}
    for element in elements:
        if element.name not in {"input", "select", "textarea"} or element.attrs.get("type") in UNLABELLED:
            continue
        named = element.attrs.get("aria-label") or element.attrs.get("aria-labelledby")
        assert named or element.attrs.get("id") in labelled or id(element) in wrapped, (
            f"no label: {element.attrs}"
        )


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
