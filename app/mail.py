"""How a mail is written and how it leaves: by SMTP, to files, or to the console."""

from __future__ import annotations

import os
import re
import smtplib
import ssl
import sys
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import unquote, urlsplit

import css_inline
from flask import current_app
from markupsafe import Markup

from app.brand.models import Brand
from app.brand.queries import get_brand, palette_of
from app.i18n import locale_code
from app.mime import File, Letter, write_letter
from app.web import absolute_url

if TYPE_CHECKING:
    from app.outbox import Message

TIMEOUT = 20  # seconds for each step of an SMTP conversation
LONGEST_SUBJECT = 250  # characters: messages.subject takes 300


class Rejected(Exception):
    """The server will never take this mail (a 5xx answer): trying again is useless."""


class Unreachable(OSError):
    """No server can be talked to: the mails that follow would wait in vain for it, one after the other."""


def render(template: str, **context: Any) -> tuple[str, str, str]:
    """Render templates/email/<template>/ in the language in force; return subject, text and HTML, its CSS inlined."""
    brand = get_brand()
    context |= {
        "locale": locale_code(),
        "brand": brand,
        "styles": _styles(brand),
        "home_url": absolute_url("events.home"),
    }
    # On one line; a no-break space stays, or a French colon would begin the next one.
    subject = re.sub(r"[ \t\r\n]+", " ", _fill(f"{template}/subject.txt", context)).strip()
    if len(subject) > LONGEST_SUBJECT:
        subject = subject[: LONGEST_SUBJECT - 1].rstrip() + "…"
    text = _fill(f"{template}/body.txt", context).strip() + "\n"
    return subject, text, css_inline.inline(_fill(f"{template}/body.html", context))


@lru_cache(maxsize=2)  # the same for thousands of mails
def _styles(brand: Brand) -> Markup:
    return Markup(_fill("_styles.html", {"palette": palette_of(brand)}))  # noqa: S704 - a template of ours


def _fill(path: str, context: dict[str, Any]) -> str:
    """Render a mail’s template with this alone: what pages know besides, such as who has signed in, is no mail’s."""
    return current_app.jinja_env.get_template(f"email/{path}").render(context)


def compose(message: Message) -> Letter:
    """Write an outbox row as it leaves: text and HTML, attachments, the same Message-ID at each try."""
    return write_letter(
        sender=(get_brand().name, current_app.config["MAIL_FROM"]),
        to=message.to,
        subject=message.subject,
        text=message.text,
        html=message.html,
        locale=message.locale,
        message_id=message.message_id,
        written_at=message.created_at,
        files=[File(**attachment) for attachment in message.attachments],
    )


class Transport(Protocol):
    """Where mail goes. `send` returns once the mail has safely left, and raises otherwise."""

    def send(self, letter: Letter) -> None: ...

    def close(self) -> None: ...


def open_transport() -> Transport:
    """Return the transport of TERRAIN_MAIL, to be closed after a batch."""
    kind = current_app.config["MAIL"]
    if kind == "smtp":
        return SmtpTransport(current_app.config["SMTP_URL"])
    if kind == "console":
        return ConsoleTransport()
    return FileTransport(current_app.config["INSTANCE"] / "mail")


class SmtpTransport:
    """One SMTP connection for a batch of mails, TLS whenever the server offers it."""

    def __init__(self, address: str) -> None:
        self._url = urlsplit(address)
        self._connection: smtplib.SMTP | None = None

    def send(self, letter: Letter) -> None:
        connection = self._connection = self._connection or self._reach()
        # An address with an accent before its @ leaves by a server that says it takes them (RFC 6531), or not at all.
        options = () if (letter.sender + letter.to).isascii() else ("SMTPUTF8", "BODY=8BITMIME")
        try:
            connection.sendmail(letter.sender, letter.to, letter.data, options)
        except OSError as error:
            # Whoever counts the mails of a connection, or failed, has often hung up: the next mail gets a new one.
            self.close()
            raise _judge(error) from error

    def _reach(self) -> smtplib.SMTP:
        try:
            return self._connect()
        except OSError as error:
            raise Unreachable(str(error)) from error

    def _connect(self) -> smtplib.SMTP:
        url = self._url
        host = url.hostname or "localhost"
        if url.scheme == "smtps":
            connection: smtplib.SMTP = smtplib.SMTP_SSL(
                host, url.port or 465, timeout=TIMEOUT, context=_tls()
            )
        else:
            connection = smtplib.SMTP(host, url.port or 587, timeout=TIMEOUT)
            connection.ehlo()
            if connection.has_extn("starttls"):
                connection.starttls(context=_tls())
                connection.ehlo()
        if url.username:
            connection.login(unquote(url.username), unquote(url.password or ""))
        return connection

    def close(self) -> None:
        if self._connection is None:
            return
        connection, self._connection = self._connection, None
        try:
            connection.quit()
        except OSError:
            connection.close()


@cache
def _tls() -> ssl.SSLContext:
    """Read the certificates of all authorities once: it takes longer than to write and send a mail."""
    return ssl.create_default_context()


def _judge(error: OSError) -> Exception:
    """Say whether a server refused a mail for good (5xx) or for now."""
    reply: bytes | str
    if isinstance(error, smtplib.SMTPRecipientsRefused) and error.recipients:
        code, reply = next(iter(error.recipients.values()))
    elif isinstance(error, smtplib.SMTPResponseException):
        code, reply = error.smtp_code, error.smtp_error
    else:
        return error
    words = reply.decode("utf-8", "replace") if isinstance(reply, bytes) else reply
    sentence = f"{code} {words}"
    return Rejected(sentence) if 500 <= code < 600 else OSError(sentence)


class FileTransport:
    """Write each mail to a file named by its Message-ID: sending one again writes the same file."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def send(self, letter: Letter) -> None:
        name = letter.message_id.strip("<>").partition("@")[0]
        half_done = self._folder / f".{name}.{os.getpid()}"
        half_done.write_bytes(letter.data)
        half_done.rename(self._folder / f"{name}.eml")

    def close(self) -> None:
        pass


class ConsoleTransport:
    """Print each mail to standard error."""

    def send(self, letter: Letter) -> None:
        sys.stderr.write(f"--- {letter.to}: {letter.subject}\n{letter.text}\n")

    def close(self) -> None:
        pass
