"""What an event's page weighs with its files, as they travel: compressed, fonts included."""

from __future__ import annotations

import gzip
import http.client
import re
from urllib.parse import urljoin

LINKED = re.compile(r'<(?:link|script|img)\b[^>]*\b(?:href|src)="([^"]+)"[^>]*>')
IMPORTED = re.compile(r"""(?:^|\n)\s*(?:import|export)\b[^'"\n]*['"](\.[^'"]+)['"]""")


def weigh(port: int, page: str) -> tuple[int, int]:
    """Return the bytes of a first visit, and of one after: the page alone, compressed as a proxy does."""
    body = _fetch(port, page)[0]
    html = len(gzip.compress(body, 6))
    waiting = [path for path in LINKED.findall(body.decode()) if path.startswith(("/static/", "/brand.css"))]
    sizes: dict[str, int] = {}
    while waiting:
        path = waiting.pop()
        if path in sizes:
            continue
        sent, encoding = _fetch(port, path)
        sizes[path] = len(sent)
        if path.endswith(".js"):
            text = _fetch(port, path, "identity")[0].decode()
            waiting += [urljoin(path, name) for name in IMPORTED.findall(text)]
        elif not encoding and "/fonts/" not in path:
            sizes[path] = len(gzip.compress(sent, 6))
    return html + sum(sizes.values()), html


def _fetch(port: int, path: str, encoding: str = "br") -> tuple[bytes, str]:
    connection = http.client.HTTPConnection("127.0.0.1", port)
    connection.request("GET", path, headers={"Accept-Encoding": encoding, "Accept-Language": "fr"})
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    assert answer.status == 200, f"{path}: {answer.status}"
    return body, answer.headers.get("Content-Encoding", "")
