"""Who asks too often: counted by the library `limits`, in Redis for all processes together, or else in this one."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from functools import cache, wraps
from typing import Any, TypeVar, cast

import limits
from flask import Flask, current_app, request
from limits.errors import StorageError
from limits.storage import MemoryStorage, storage_from_string
from limits.strategies import FixedWindowRateLimiter
from werkzeug.exceptions import TooManyRequests

log = logging.getLogger(__name__)

View = TypeVar("View", bound=Callable[..., Any])

ALONE = 60.0  # seconds for which a process counts by itself once Redis did not answer

_parse = cache(limits.parse)


class Counts:
    """What is counted for one application, in windows that begin with the first try."""

    def __init__(self, uri: str) -> None:
        self._shared = FixedWindowRateLimiter(storage_from_string(uri, wrap_exceptions=True))
        self._own = FixedWindowRateLimiter(MemoryStorage())
        self._alone_until = 0.0

    def check(self, most: str, *counted: str) -> None:
        """Count one more try of what is named. TooManyRequests, with the seconds to wait, once it is over `most`."""
        if time.monotonic() < self._alone_until:
            return _check(self._own, most, counted)
        try:
            return _check(self._shared, most, counted)
        except StorageError as error:
            log.warning("tries are counted in this process alone, for Redis does not answer: %s", error)
            self._alone_until = time.monotonic() + ALONE
            return _check(self._own, most, counted)


def _check(counts: FixedWindowRateLimiter, most: str, counted: Sequence[str]) -> None:
    item = _parse(most)
    if not counts.hit(item, *counted):
        reset_at = counts.get_window_stats(item, *counted).reset_time
        raise TooManyRequests(retry_after=max(1, round(reset_at - time.time())))


def init_app(app: Flask) -> None:
    if app.config["LIMITS"]:
        uri = app.config["REDIS_URL"] or "memory://"
        app.extensions["limits"] = Counts(f"redis+{uri}" if uri.startswith("unix:") else uri)


def count_try(most: str, who: str, what: str) -> None:
    """Count one more try of `what` by `who`; nobody (“”) is not counted.

    `most` is a number in a time, as “5 per hour”. TooManyRequests when it is more.
    """
    counts: Counts | None = current_app.extensions.get("limits")
    if counts and who:
        counts.check(most, who, what)


def remote_address() -> str:
    """Return from where a request comes, behind the proxies that are trusted; on a Unix socket from one place."""
    return request.remote_addr or "nowhere"


def limit(
    most: str, who: Callable[[], str] = remote_address, methods: Sequence[str] = ()
) -> Callable[[View], View]:
    """Limit how often a view is asked by one and the same, with these methods or any.

    The upper of two is asked first: a person's stands above their network's, or who insists would use that up too.
    """

    def mark(view: View) -> View:
        @wraps(view)
        def limited(*arguments: Any, **values: Any) -> Any:
            if not methods or request.method in methods:
                count_try(most, who(), str(request.endpoint))
            return view(*arguments, **values)

        return cast(View, limited)

    return mark
