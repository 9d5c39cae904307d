"""The session of a browser: Flask's signed cookie, spared what it does for nothing."""

from __future__ import annotations

from functools import cache
from typing import Any

from flask import Flask, Request, Response
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface, SessionMixin
from itsdangerous import TimestampSigner, URLSafeTimedSerializer

from app.i18n import FOR_PROGRAMS


class _Signer(TimestampSigner):
    derive_key = cache(TimestampSigner.derive_key)


class Sessions(SecureCookieSessionInterface):
    """Flask's signed cookie, whose signer is made once and not with each cookie: the key stays as it is.

    Programs have none: a cookie opens nothing that they call.
    """

    def __init__(self, app: Flask) -> None:
        serializer: Any = super().get_signing_serializer(app)
        serializer.signer, serializer.make_signer = _Signer, cache(serializer.make_signer)
        self._serializer: URLSafeTimedSerializer = serializer

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer:  # noqa: ARG002 - the only one
        """Return what signs the cookie."""
        return self._serializer

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """Return what the cookie holds; None makes a session that is empty and cannot be written to."""
        return None if request.path.startswith(FOR_PROGRAMS) else super().open_session(app, request)

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Write what has changed, and say that an answer varies with the cookie, unless nobody may keep it."""
        may_keep = "no-store" not in response.headers.get("Cache-Control", "")
        if session.modified or session.permanent or may_keep:
            super().save_session(app, session, response)
