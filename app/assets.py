"""Static files: one content hash names the whole tree, so that every file can be cached for ever.

A single prefix, rather than a hash in each name, keeps relative imports between modules, fonts and wasm working.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from flask import Flask
from whitenoise import WhiteNoise

YEAR = 31_536_000


def init_app(app: Flask) -> None:
    root = Path(app.root_path) / "static"
    version = tree_hash(root)
    prefix = f"static/{version}"

    def static(path: str) -> str:
        """Return the address of a file of app/static; an unknown one is a bug and raises."""
        if not (root / path).is_file():
            raise FileNotFoundError(f"app/static/{path}: run `make setup`")
        return f"{app.config['APPLICATION_ROOT'].rstrip('/')}/{prefix}/{path}"

    app.jinja_env.globals["static"] = static
    app.extensions["static_version"] = version
    files = WhiteNoise(app.wsgi_app, max_age=YEAR, immutable_file_test=lambda _path, _url: True)
    files.add_files(str(root), prefix=prefix + "/")
    app.wsgi_app = files  # type: ignore[method-assign]


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
