"""How a mail is written and how it leaves: by SMTP, to files, or to the console."""

from __future__ import annotations

import os
import smtplib
import ssl
import sys
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import unquote, urlsplit

import css_inline
from flask import current_app, render_template

from app.brand.queries import get_brand, palette_of
from app.i18n import locale_code
from app.web import absolute_url

if TYPE_CHECKING:
    from app.outbox import Message

TIMEOUT = 20  # seconds for each step of an SMTP conversation


class Rejected(Exception):
    """The server will never take this mail (a 5xx answer): trying again is useless."""


class Unreachable(OSError):
    """No server can be talked to: the mails that follow would wait in vain for it, one after the other."""


def render(template: str, **context: Any) -> tuple[str, str, str]:
    """Render templates/email/<template>/ in the language in force; return subject, text and HTML, its CSS inlined."""
    folder, brand = f"email/{template}", get_brand()
    context |= {
        "locale": locale_code(),
        "brand": brand,
        "palette": palette_of(brand),
        "home_url": absolute_url("events.home"),
    }
    subject = " ".join(render_template(f"{folder}/subject.txt", **context).split())
    text = render_template(f"{folder}/body.txt", **context).strip() + "\n"
    html = render_template(f"{folder}/body.html", subject=subject, **context)
    return subject, text, css_inline.inline(html)


def compose(message: Message) -> EmailMessage:
    """Build the MIME message of an outbox row: text and HTML, attachments, the same Message-ID at each try."""
    mail = EmailMessage(policy=SMTP)
    name, sender = get_brand().name, current_app.config["MAIL_FROM"]
    mail["From"] = Address(name, addr_spec=sender)
    mail["To"] = message.to
    mail["Subject"] = message.subject
    mail["Date"] = format_datetime(message.created_at)
    mail["Message-ID"] = message.message_id
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(message.text)
    mail.add_alternative(message.html, subtype="html")
    mail["Content-Language"] = message.locale  # after the content, which replaces all Content- headers
    for attachment in message.attachments:
        subtype = attachment["type"].removeprefix("text/")
        mail.add_attachment(attachment["text"], subtype=subtype, filename=attachment["name"])
    return mail


class Transport(Protocol):
    """Where mail goes. `send` returns once the mail has safely left, and raises otherwise."""

    def send(self, mail: EmailMessage) -> None: ...

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

    def send(self, mail: EmailMessage) -> None:
        connection = self._connection = self._connection or self._reach()
        try:
            connection.send_message(mail)
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
        host, tls = url.hostname or "localhost", ssl.create_default_context()
        if url.scheme == "smtps":
            connection: smtplib.SMTP = smtplib.SMTP_SSL(host, url.port or 465, timeout=TIMEOUT, context=tls)
        else:
            connection = smtplib.SMTP(host, url.port or 587, timeout=TIMEOUT)
            connection.ehlo()
            if connection.has_extn("starttls"):
                connection.starttls(context=tls)
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

    def send(self, mail: EmailMessage) -> None:
        name = mail["Message-ID"].strip("<>").partition("@")[0]
        half_done = self._folder / f".{name}.{os.getpid()}"
        half_done.write_bytes(mail.as_bytes())
        half_done.rename(self._folder / f"{name}.eml")

    def close(self) -> None:
        pass


class ConsoleTransport:
    """Print each mail to standard error."""

    def send(self, mail: EmailMessage) -> None:
        body = mail.get_body(("plain",))
        sys.stderr.write(f"--- {mail['To']}: {mail['Subject']}\n{body.get_content() if body else ''}\n")

    def close(self) -> None:
        pass
