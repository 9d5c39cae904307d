"""Static files: one content hash names the whole tree, so that every file can be cached for ever.

A single prefix, rather than a hash in each name, keeps relative imports between modules, fonts and wasm working.
"""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import brotli
from flask import Flask
from werkzeug import Response
from werkzeug.datastructures import Accept
from werkzeug.http import parse_accept_header
from whitenoise import WhiteNoise

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

YEAR = 31_536_000
NO_SNIFFING = ("X-Content-Type-Options", "nosniff")  # static files do not pass by app/web.py
SHRINK = {".css", ".js", ".svg", ".wasm"}  # fonts and pictures are compressed already
CODINGS: dict[str, Callable[[bytes], bytes]] = {
    "br": lambda body: bytes(brotli.compress(body, quality=6)),
    "gzip": lambda body: gzip.compress(body, 6, mtime=0),
}


def init_app(app: Flask) -> None:
    root = Path(app.root_path) / "static"
    version = tree_hash(root)
    prefix = f"static/{version}"

    @cache
    def static(path: str) -> str:
        """Return the address of a file of app/static; an unknown one is a bug and raises."""
        if not (root / path).is_file():
            raise FileNotFoundError(f"app/static/{path}: run `make setup`")
        return f"{app.config['APPLICATION_ROOT'].rstrip('/')}/{prefix}/{path}"

    app.jinja_env.globals["static"] = static
    app.extensions["static_version"] = version
    files = WhiteNoise(
        app.wsgi_app,
        max_age=YEAR,
        immutable_file_test=lambda _path, _url: True,
        add_headers_function=lambda headers, _path, _url: headers.add_header(*NO_SNIFFING),
    )
    files.add_files(str(root), prefix=prefix + "/")
    app.wsgi_app = _compressing(files, root, f"/{prefix}/")  # type: ignore[assignment, method-assign]


def _compressing(files: WhiteNoise, root: Path, prefix: str) -> WSGIApplication:
    """Wrap static files so that each is compressed when it is first asked for, and then kept in memory.

    Not on disk beside the file: a copy made before the last change would be served under the new address.
    """

    @cache
    def packed(path: Path, coding: str, _changed_at: int) -> bytes:
        return CODINGS[coding](path.read_bytes())

    def serve(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        url = environ.get("PATH_INFO", "")
        coding = _coding(environ) if url in files.files and Path(url).suffix in SHRINK else None
        if coding is None:
            served: Iterable[bytes] = files(environ, start_response)
            return served
        path = root / url.removeprefix(prefix)
        kind: str = files.media_types.get_type(url)
        response = Response(packed(path, coding, path.stat().st_mtime_ns))
        response.headers["Content-Type"] = f"{kind}; charset=utf-8" if kind.startswith("text/") else kind
        response.headers["Content-Encoding"] = coding
        response.headers["Vary"] = "Accept-Encoding"
        response.headers["Cache-Control"] = f"max-age={YEAR}, public, immutable"
        response.headers.add(*NO_SNIFFING)
        return response(environ, start_response)

    return serve


def _coding(environ: WSGIEnvironment) -> str | None:
    accepted = parse_accept_header(environ.get("HTTP_ACCEPT_ENCODING"), Accept)
    return next((coding for coding in CODINGS if accepted[coding] > 0), None)


def tree_hash(root: Path) -> str:
    """Return 12 hexadecimal characters that change when any file under `root` does.

    Read from names and contents, not from times: every machine that runs the same code must give the same address.
    """
    digest = hashlib.sha256()
    for path in sorted(root.rglob("*")):
        if path.is_file():
            content = path.read_bytes()
            digest.update(f"{path.relative_to(root)} {len(content)}\n".encode() + content)
    return digest.hexdigest()[:12]
