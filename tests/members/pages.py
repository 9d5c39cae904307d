"""What tests of sign-in read from mails and pages."""

from __future__ import annotations

import re
import time
from typing import cast

import sqlalchemy as sa
from flask_security.totp import Totp

from app.db import db
from app.outbox import Message, write
from tests.client import Client

SECRET = "a test secret that is long enough to be one"
PASSWORD = "correct horse battery staple"


def last_mail() -> Message:
    """Return the newest message of the outbox, as it would leave now."""
    return mails()[-1]


def mails() -> list[Message]:
    db.session.commit()
    messages = list(db.session.scalars(sa.select(Message).order_by(Message.id)))
    assert all(write(message) for message in messages)
    return messages


def digits_in(message: Message) -> str:
    found = re.search(r"^(\d{6})$", message.text, re.MULTILINE)
    assert found, message.text
    return found[1]


def path_in(message: Message) -> str:
    """Return the path of the page the mail leads to."""
    found = re.search(r"http://localhost(/\S+)", message.text)
    assert found, message.text
    return found[1]


def another(client: Client) -> Client:
    """Open another browser on the same application."""
    return cast(Client, client.application.test_client())


def is_signed_in(client: Client) -> bool:
    with client.session_transaction() as session:
        return "_user_id" in session


def is_strong(client: Client) -> bool:
    with client.session_transaction() as session:
        return session.get("strong") is True


def authenticator_code(secret: str, steps: int = 0) -> str:
    """Return what an authenticator shows for a stored secret, `steps` half minutes from now."""
    totp = Totp(secrets={"1": SECRET}, issuer="Terrain")._totp.from_source(secret)
    return str(totp.generate(int(time.time()) + 30 * steps).token)


def new_secret() -> str:
    """Return a secret as an authenticator's set-up stores it."""
    return Totp(secrets={"1": SECRET}, issuer="Terrain").generate_totp_secret()
