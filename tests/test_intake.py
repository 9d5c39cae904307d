"""What comes in is tidied, or refused, before a view sees it."""

from __future__ import annotations

from io import BytesIO

import pytest
from flask import Flask, request

from app.events.models import Event
from app.intake import row_number, tidy
from tests.client import Client


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("Zoé\nO’Brien\t🧑‍🚀", "Zoé\nO’Brien\t🧑‍🚀"),
        ("a\0b\x0bc\x7fd\x85e", "a b c d e"),
        ("half \ud83d of one", "half   of one"),
        ("unused \ufdd0\uffff\U0001fffe", "unused    "),
    ],
)
def test_a_text_loses_what_cannot_be_written_down(text: str, kept: str) -> None:
    assert tidy(text) == kept


def test_addresses_forms_and_names_of_files_are_tidied(app: Flask) -> None:
    sent = {"name": "Zo\0é", "photo": (BytesIO(b"\0"), "ph\x0boto.png")}
    query = {"QUERY_STRING": "q=a%00b&w=\xff"}
    with app.test_request_context("/", method="POST", data=sent, environ_overrides=query):
        assert request.files["photo"].filename == "ph oto.png"
        assert request.files["photo"].read() == b"\0", "what is in a file stays"
        assert request.form["name"] == "Zo é"
        assert request.args["q"] == "a b"
        assert request.args["w"] == "\ufffd"
        request.files["photo"].close()


def test_a_part_of_a_form_without_a_name_does_no_harm(app: Flask) -> None:
    body = "--x\r\nContent-Disposition: form-data\r\n\r\nZoé\r\n--x--\r\n"
    kind = "multipart/form-data; boundary=x"
    with app.test_request_context("/", method="POST", data=body, content_type=kind):
        assert request.form.to_dict() == {"": "Zoé"}


def test_a_file_where_a_text_belongs_is_refused(client: Client, event: Event) -> None:
    path = f"/events/{event.slug}/register"
    sent = client.csrf(path) | {"name": (BytesIO(b"Zoe"), "zoe.txt")}
    answer = client.post(path, data=sent, content_type="multipart/form-data")
    assert answer.status_code == 400


def test_a_form_is_not_sent_as_json(client: Client) -> None:
    token = client.csrf("/sign-in")["csrf_token"]
    answer = client.post("/sign-in", json=["zoe@example.org"], headers={"X-CSRFToken": token})
    assert answer.status_code == 415


@pytest.mark.parametrize(
    "path", ["/admin/people/99999999999999999999", "/admin/people?page=99999999999999999999"]
)
def test_a_number_that_no_row_can_have_is_not_found(as_admin: Client, path: str) -> None:
    assert as_admin.get(path).status_code == 404


@pytest.mark.parametrize("text", ["0", "-1", "2147483648", "x"])
def test_such_a_number_is_no_row_s(text: str) -> None:
    with pytest.raises(ValueError, match=text):
        row_number(text)


def test_an_event_of_no_writable_name_is_not_found(client: Client) -> None:
    assert client.get("/events/a%00b").status_code == 404


def test_json_nested_too_deeply_is_as_bad_as_none(app: Flask) -> None:
    with app.test_request_context("/", method="POST", data="[" * 5000, content_type="application/json"):
        assert request.get_json(silent=True) is None
