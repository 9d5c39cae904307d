"""Sending a webhook over HTTP: to a public address, once, without following where it leads."""

from __future__ import annotations

import http.client
import socket
import ssl
from collections.abc import Mapping
from contextlib import suppress
from threading import Timer
from urllib.parse import urlsplit

from app.api.rules_webhooks import DEADLINE_SECONDS, STEP_SECONDS, is_public, is_target


class NotAllowed(OSError):
    """The address is none that a webhook may have, or leads into our own network."""


def post(url: str, body: bytes, headers: Mapping[str, str], *, anywhere: bool) -> int:
    """Send a body and return the status of the answer, of which nothing more is read. Raises OSError.

    The name is resolved once, what it stands for is checked, and the connection goes to just that: a name that
    stands for something else a moment later gains nothing.
    """
    if not is_target(url, anywhere=anywhere):
        raise NotAllowed("not an address for webhooks")
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
    address = _resolve(host, port, anywhere=anywhere)
    connection = _connection(parts.scheme, host, port)
    sock = socket.create_connection((address, port), STEP_SECONDS)
    line = [sock]  # what the watch hangs up: the socket, then what wraps it
    watch = Timer(DEADLINE_SECONDS, _hang_up, [line])
    watch.daemon = True
    watch.start()
    try:
        if parts.scheme == "https":
            wrapped = ssl.create_default_context().wrap_socket(
                sock, server_hostname=host, do_handshake_on_connect=False
            )
            line[0] = wrapped
            wrapped.do_handshake()
        connection.sock = line[0]
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request("POST", path, body, dict(headers))
        return connection.getresponse().status
    except http.client.HTTPException as error:
        raise OSError(f"no HTTP answer: {type(error).__name__}") from error
    finally:
        watch.cancel()
        connection.close()
        line[0].close()


def _connection(scheme: str, host: str, port: int) -> http.client.HTTPConnection:
    kind = http.client.HTTPSConnection if scheme == "https" else http.client.HTTPConnection
    return kind(host, port, timeout=STEP_SECONDS)


def _resolve(host: str, port: int, *, anywhere: bool) -> str:
    found = [str(row[4][0]) for row in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    if not anywhere and not is_public(found):
        raise NotAllowed("the name stands for an address that is not public")
    return found[0]


def _hang_up(line: list[socket.socket]) -> None:
    with suppress(OSError):  # it ended by itself
        socket.socket.shutdown(line[0], socket.SHUT_RDWR)
