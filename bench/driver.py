"""Browsers made of as little as possible: the driver shares the processors with what it measures."""

from __future__ import annotations

import asyncio
import random
import re
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from urllib.parse import urlencode

PATIENCE = 120.0  # seconds for one answer
TOKEN = re.compile(rb'name="csrf_token"[^>]*value="([^"]+)"')


class Unexpected(Exception):
    """An answer that no fan would have got further with."""


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def location(self) -> str:
        """Return the path of a redirect."""
        address = self.headers.get("location", "")
        return "/" + address.split("/", 3)[3] if "://" in address else address

    @property
    def form_token(self) -> str:
        found = TOKEN.search(self.body)
        if found is None:
            raise Unexpected(f"no form in {self.body[:200]!r}")
        return found[1].decode()


@dataclass
class Browser:
    """One person's browser: an address of its own, a cookie jar, a connection that is kept open."""

    port: int
    cookies: dict[str, str] = field(default_factory=dict)
    requests: int = 0
    _since: float = 0.0
    _reader: asyncio.StreamReader | None = None
    _writer: asyncio.StreamWriter | None = None

    def __post_init__(self) -> None:
        # The proxy in front tells this address: rate limits count people, not this machine.
        self.address = ".".join(str(random.randrange(1, 255)) for _ in range(4))

    async def get(self, path: str) -> Answer:
        return await self._ask(f"GET {path}", b"", "", 200)

    async def post(self, path: str, expected: int = 302, **fields: str) -> Answer:
        """Send a form, and expect to be sent elsewhere, or another status."""
        kind = "Content-Type: application/x-www-form-urlencoded\r\n"
        return await self._ask(f"POST {path}", urlencode(fields).encode(), kind, expected)

    async def post_json(self, path: str, body: bytes, headers: str) -> Answer:
        return await self._ask(f"POST {path}", body, f"Content-Type: application/json\r\n{headers}", 200)

    def connected_for(self) -> float:
        """Return how long the connection has been open, in seconds."""
        return time.perf_counter() - self._since

    async def close(self) -> None:
        if self._writer:
            self._writer.close()
            self._reader = self._writer = None

    async def _ask(self, line: str, body: bytes, headers: str, expected: int) -> Answer:
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        head = (
            f"{line} HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-For: {self.address}\r\n"
            f"Accept-Language: fr\r\nAccept-Encoding: identity\r\nContent-Length: {len(body)}\r\n{headers}"
        )
        head += f"Cookie: {cookies}\r\n\r\n" if cookies else "\r\n"
        self.requests += 1
        kept, request = self._writer is not None, head.encode() + body
        try:
            answer = await asyncio.wait_for(self._exchange(request), PATIENCE)
        except (asyncio.IncompleteReadError, ConnectionError):
            if not kept:
                raise
            await self.close()  # the server had closed it meanwhile, as it may: browsers try again too
            answer = await asyncio.wait_for(self._exchange(request), PATIENCE)
        if answer.status != expected:
            raise Unexpected(f"{line}: {answer.status} {answer.body[:300]!r}")
        return answer

    async def _exchange(self, request: bytes) -> Answer:
        if self._writer is None:
            self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self.port)
            self._since = time.perf_counter()
        reader, writer = self._reader, self._writer
        assert reader is not None
        assert writer is not None
        writer.write(request)
        first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers: dict[str, str] = {}
        for line in lines:
            name, _, value = line.partition(": ")
            if name == "Set-Cookie":
                cookie, _, content = value.partition(";")[0].partition("=")
                self.cookies[cookie] = content
            else:
                headers[name.lower()] = value
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        if headers.get("transfer-encoding") == "chunked":
            while size := int(await reader.readline(), 16):
                body += (await reader.readexactly(size + 2))[:-2]
            await reader.readexactly(2)
        if headers.get("connection") == "close":
            await self.close()
        return Answer(int(first.split(" ", 2)[1]), headers, body)


@dataclass
class Run:
    """What many tries took, in seconds each, and why some failed."""

    took: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    requests: int = 0
    seconds: float = 0.0

    @property
    def rate(self) -> float:
        return len(self.took) / self.seconds if self.seconds else 0.0

    def percentile(self, share: float) -> float:
        """Return the time within which this share of the tries ended, in seconds."""
        return sorted(self.took)[min(len(self.took) - 1, int(share * len(self.took)))] if self.took else 0.0


async def drive(
    act: Callable[[int], Awaitable[int]], clients: int, *, seconds: float = 60.0, count: int = 1_000_000
) -> Run:
    """Let clients repeat `act(number)`, which returns its number of requests, until the time or the count is over."""
    run, numbers, end = Run(), iter(range(count)), time.perf_counter() + seconds

    async def client() -> None:
        for number in numbers:
            begun = time.perf_counter()
            if begun > end:
                return
            try:
                run.requests += await act(number)
            except (OSError, EOFError, TimeoutError, Unexpected) as error:
                run.errors.append(f"{type(error).__name__}: {error}")
            else:
                run.took.append(time.perf_counter() - begun)

    begun = time.perf_counter()
    await asyncio.gather(*(client() for _ in range(clients)))
    run.seconds = time.perf_counter() - begun
    return run
