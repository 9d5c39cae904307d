"""Who asks too often: Flask-Limiter, spared what it does for requests that nothing limits, or one limit alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import limits
from flask import Blueprint, current_app, request
from flask_limiter import Limiter

_parse = cache(limits.parse)


@dataclass(frozen=True)
class _Whole:
    """How often all of a part may be asked (`most`, as “600 per minute”) by `who`, counted under a name."""

    most: Callable[[], str]
    who: Callable[[], str]
    name: str


class Limits(Limiter):
    """Leave a request alone until it comes to a limit: one that a view has is asked by the view.

    Nothing limits the whole application, and of its parts only some blueprints are limited as a whole.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._known: dict[str | None, bool] = {}
        self._wholes: dict[str | None, _Whole] = {}

    def limit_all_of(
        self, blueprint: Blueprint, most: Callable[[], str], who: Callable[[], str], name: str
    ) -> None:
        """Limit all requests to a blueprint, counted together with those to others under this name."""
        self.shared_limit(most, scope=name, key_func=who)(blueprint)
        self._wholes[blueprint.name] = _Whole(most, who, name)

    def _check_request_limit(self, callable_name: str | None = None, in_middleware: bool = True) -> None:
        blueprint = request.blueprint
        if not in_middleware or (self._limits_all_of(blueprint) and not self._is_within(blueprint)):
            super()._check_request_limit(callable_name, in_middleware)

    def _limits_all_of(self, blueprint: str | None) -> bool:
        if blueprint not in self._known:
            self._known[blueprint] = bool(self.limit_manager.blueprint_limits(current_app, blueprint or ""))
        return self._known[blueprint]

    def _is_within(self, blueprint: str | None) -> bool:
        """Count a request against its blueprint’s limit; False where Flask-Limiter has to refuse, or count anew."""
        whole = self._wholes.get(blueprint)
        if whole is None or not self.enabled or self._storage_dead:
            return False
        try:
            return self.limiter.hit(_parse(whole.most()), whole.who(), whole.name)
        except Exception:
            return False
