"""Programs that call the API, each with a token of a member of staff."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from app.api.actions_tokens import create_token
from app.api.rules import Scope
from app.clock import now
from app.db import commit
from app.members.models import Member
from tests.client import Client

Opener = Callable[..., "Program"]


class Program:
    """A program with a token, or with none."""

    def __init__(self, client: Client, token: str | None) -> None:
        self.client, self.token = client, token

    def call(self, method: str, path: str, **options: Any) -> TestResponse:
        """Call below /api/v1; an error must be a problem document, and no answer sets a cookie."""
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        headers |= options.pop("headers", {})
        path = path if path.startswith("http") else f"/api/v1{path}"
        answer = self.client.open(path, method=method, headers=headers, **options)
        assert "Set-Cookie" not in answer.headers
        if answer.status_code >= 400:
            assert answer.mimetype == "application/problem+json"
            assert answer.get_json()["status"] == answer.status_code
            assert answer.get_json()["code"]
        return answer

    def get(self, path: str, **options: Any) -> TestResponse:
        return self.call("GET", path, **options)

    def post(self, path: str, body: Any = None, **options: Any) -> TestResponse:
        return self.call("POST", path, json=body or {}, **options)


@pytest.fixture
def program(app: Flask) -> Opener:
    """Return a function that makes a member's token and a program that uses it; all scopes unless some are named."""

    def open_as(member: Member | None, *scopes: Scope) -> Program:
        client = cast(Client, app.test_client())
        if member is None:
            return Program(client, None)
        _token, text = create_token(member, "a program", scopes or list(Scope), None, now())
        commit()
        return Program(client, text)

    return open_as
