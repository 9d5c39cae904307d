"""Who asks too often: Flask-Limiter, spared what it does for requests that nothing limits."""

from __future__ import annotations

from typing import Any

from flask import current_app, request
from flask_limiter import Limiter


class Limits(Limiter):
    """Leave a request alone until it comes to a limit: one that a view has is asked by the view.

    Nothing limits the whole application, and of its parts only some blueprints are limited as a whole.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._known: dict[str | None, bool] = {}

    def _check_request_limit(self, callable_name: str | None = None, in_middleware: bool = True) -> None:
        if not in_middleware or self._limits_all_of(request.blueprint):
            super()._check_request_limit(callable_name, in_middleware)

    def _limits_all_of(self, blueprint: str | None) -> bool:
        if blueprint not in self._known:
            self._known[blueprint] = bool(self.limit_manager.blueprint_limits(current_app, blueprint or ""))
        return self._known[blueprint]
