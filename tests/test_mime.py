"""A mail as the bytes that leave, read again by the standard library’s parser."""

from __future__ import annotations

from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.message import EmailMessage, Message
from email.utils import parseaddr
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.mime import File, Letter, write_letter

PLAIN: dict[str, Any] = {
    "sender": ("Maison Aubier", "bonjour@aubier.example"),
    "to": "camille@example.org",
    "subject": "Votre billet",
    "text": "Bonjour\n",
    "html": "<p>Bonjour</p>\n",
    "locale": "fr",
    "message_id": "<abc_-123@aubier.example>",
    "written_at": datetime(2026, 11, 22, 3, 0, tzinfo=UTC),
}
LINE = st.text(st.characters(exclude_categories=["Cs", "Cc"]))
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))


def write(**values: Any) -> Letter:
    return write_letter(**PLAIN | values)


def read(letter: Letter) -> EmailMessage:
    return message_from_bytes(letter.data, policy=policy.default)


def content(part: Message) -> str:
    payload = part.get_payload(decode=True)
    assert isinstance(payload, bytes)
    return payload.decode().replace("\r\n", "\n")


def lines(text: str) -> str:
    return (
        text.replace("\r\n", "\n").replace("\r", "\n").rstrip("\n")
    )  # the last line's end is the boundary's


@given(text=TEXT, html=TEXT, file=TEXT)
def test_any_words_are_read_as_they_were_written(text: str, html: str, file: str) -> None:
    letter = write(text=text, html=html, files=[File("soiree-1.ics", "text/calendar", file)])
    mail = read(letter)
    assert not mail.defects
    body, attached = mail.iter_parts()
    assert mail.get_content_type() == "multipart/mixed"
    assert body.get_content_type() == "multipart/alternative"
    parts = [content(part) for part in body.iter_parts()]
    assert parts == [lines(text), lines(html)]
    assert content(attached) == lines(file)
    assert (attached.get_content_type(), attached.get_filename()) == ("text/calendar", "soiree-1.ics")
    assert all(len(line) <= 998 and b"\n" not in line for line in letter.data.split(b"\r\n"))


@given(subject=LINE.map(lambda text: " ".join(text.split())), name=LINE.map(str.strip))
def test_any_subject_and_any_brand_are_read_as_they_were_written(subject: str, name: str) -> None:
    letter = write(subject=subject, sender=(name, "bonjour@aubier.example"))
    assert read(letter)["Subject"] == subject
    # Not by the same parser, which puts a space between two encoded words of a name.
    said, address = parseaddr(message_from_bytes(letter.data)["From"])
    assert (str(make_header(decode_header(said))), address) == (name, "bonjour@aubier.example")


def test_a_mail_without_files_holds_text_and_html_and_says_its_language_and_that_nobody_typed_it() -> None:
    mail = read(write())
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]
    kept = ("To", "Message-ID", "Content-Language", "Auto-Submitted", "MIME-Version")
    values = ["camille@example.org", "<abc_-123@aubier.example>", "fr", "auto-generated", "1.0"]
    assert [mail[name] for name in kept] == values
    assert mail["Date"].datetime == PLAIN["written_at"]


@pytest.mark.parametrize(
    "values",
    [
        {"to": "camille@example.org\nBcc: everybody@example.org"},
        {"subject": "Bonjour\r\n Bcc: everybody@example.org"},
        {"sender": ("Maison\r\n Aubier", "bonjour@aubier.example")},
        {"sender": ("Élan\nBcc: everybody@example.org", "bonjour@aubier.example")},
        {"message_id": "<abc@aubier.example>\r\nBcc: everybody@example.org"},
        {"files": [File('a"\r\nBcc: everybody@example.org', "text/plain", "")]},
    ],
)
def test_no_value_can_add_a_header(values: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="holds"):
        write(**values)
