"""Odd bytes, drawn by hypothesis: for the fields of forms, for JSON and for addresses."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote_from_bytes

from hypothesis import strategies as st

from app.clock import now

ODD = [
    "",
    "   ",
    "a\0b",
    "\x01\x08\x0b\x1b\x7f\x85",
    "\ud800 alone",
    "x" * 20_000,
    "é" * 300,
    "\u202eatrebor\u2066",
    "🧑‍🚀👩🏽‍🚒" * 9,
    "Robert'); DROP TABLE members;--",
    "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "{{ 7 * 7 }}{% raise %}%(name)s%s%n{0}",
    "../../../etc/passwd",
    "zoé@exämple.org\r\nBcc: all@example.org",
    "//evil.example/\t[",
    "-1",
    "9" * 40,
    "1e309",
    "²",
    "NaN",
    '[{"$gt": ""}]',
    "null",
    "\ufeff\u2028\u00a0",
]
texts = st.one_of(st.sampled_from(ODD), st.text(max_size=30)).map(
    lambda text: text.encode("utf-8", "surrogatepass")
)
values = st.one_of(texts, texts, st.binary(max_size=30))
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.sampled_from([10**30, "\0", "\ud800"]),
    st.text(max_size=30),
)
documents = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
)
# What pages look for after the question mark.
ASKED = [
    "accent",
    "chapter",
    "city",
    "code",
    "done",
    "event",
    "ink",
    "lang",
    "name",
    "next",
    "page",
    "per_page",
]
ASKED += ["points_colour", "q", "status", "utm_source", "v", "via", "when"]
MULTIPART = "multipart/form-data; boundary=frontier"
ODD_TYPES = [
    "application/json",
    "text/plain",
    "multipart/form-data",
    "multipart/form-data; boundary=" + "b" * 300,
    "application/x-www-form-urlencoded; charset=utf-16",
    "application/octet-stream",
    "no type at all",
    "",
]


@dataclass(frozen=True)
class Body:
    """The bytes of a POST and what they claim to be."""

    type: str
    data: bytes


@st.composite
def bodies(draw: st.DrawFn, fields: Mapping[str, str]) -> Body:
    """Draw what a form might be sent as: some fields right, some odd, missing, repeated or files."""
    sent: list[tuple[str, bytes]] = []
    for name, good in fields.items():
        fate = draw(st.sampled_from(["good", "good", "odd", "odd", "missing", "twice"]))
        sent += [(name, good.encode())] if fate in {"good", "twice"} else []
        sent += [(name, draw(values))] if fate in {"odd", "twice"} else []
    sent += [(draw(st.text(max_size=9)), draw(values))] if draw(st.booleans()) else []
    kind = draw(st.sampled_from(["urlencoded", "urlencoded", "multipart", "cut", "typed"]))
    if kind == "urlencoded":
        return Body("application/x-www-form-urlencoded", urlencoded(sent))
    if kind == "typed":
        data = json.dumps(draw(documents)).encode() if draw(st.booleans()) else urlencoded(sent)
        return Body(draw(st.sampled_from(ODD_TYPES)), data)
    whole = multipart(sent, draw(st.sets(st.integers(0, len(sent)))))
    return Body(MULTIPART, whole[: draw(st.integers(0, len(whole)))] if kind == "cut" else whole)


def urlencoded(sent: list[tuple[str, bytes]]) -> bytes:
    pairs = (
        f"{quote_from_bytes(name.encode('utf-8', 'replace'))}={quote_from_bytes(value)}"
        for name, value in sent
    )
    return "&".join(pairs).encode()


def multipart(sent: list[tuple[str, bytes]], files: set[int]) -> bytes:
    """Write the fields as a browser does, those at the numbers in `files` as uploads."""
    parts = []
    for number, (name, value) in enumerate(sent):
        upload = b'; filename="photo.png"\r\nContent-Type: image/png' if number in files else b""
        label = name.encode("utf-8", "replace").replace(b'"', b"%22")
        parts.append(b'--frontier\r\nContent-Disposition: form-data; name="' + label + b'"' + upload)
        parts[-1] += b"\r\n\r\n" + value + b"\r\n"
    return b"".join(parts) + b"--frontier--\r\n"


@st.composite
def calls(draw: st.DrawFn, undo: bool) -> Body:
    """Draw what a door's device might send: some values right, some odd or missing, now and then no JSON at all."""
    moment = now().isoformat()
    scan: dict[str, object] = {
        "nonce": "n" * 20,
        "method": "camera",
        "scanned_at": moment,
        "code": "MABCDE" + "A" * 26,
    }
    call: dict[str, object] = {"client_now": moment}
    if undo:
        call |= {"undone_at": moment, "digest": "0" * 24}
    else:
        call |= {"device": "phone-1", "scans": [spoil(draw, scan), scan]}
    data = json.dumps(spoil(draw, call)).encode()
    match draw(st.sampled_from(["whole", "whole", "whole", "cut", "other", "deep", "typed"])):
        case "cut":
            data = data[: draw(st.integers(0, len(data)))]
        case "other":
            data = json.dumps(draw(documents)).encode()
        case "deep":
            data = b"[" * 5000
        case "typed":
            return Body(draw(st.sampled_from(ODD_TYPES)), data)
    return Body("application/json", data)


def spoil(draw: st.DrawFn, good: Mapping[str, object]) -> object:
    """Leave values out of an object or put others in their place."""
    fates = {name: draw(st.sampled_from(["good", "good", "good", "odd", "missing"])) for name in good}
    kept = {name: value if fates[name] == "good" else draw(documents) for name, value in good.items()}
    return {name: value for name, value in kept.items() if fates[name] != "missing"}


@dataclass(frozen=True)
class Address:
    """The bytes of an address before and after the question mark."""

    path: bytes
    query: bytes


@st.composite
def addresses(draw: st.DrawFn, pages: list[tuple[str, Mapping[str, object]]]) -> Address:
    """Draw an address of a page: some parts right, some odd; and what may follow the question mark."""
    pattern, real = draw(st.sampled_from(pages))
    *_, last = parts = re.split(r"<[^>]*?(\w+)>", pattern)
    path = b""
    for literal, name in zip(parts[::2], parts[1::2], strict=False):
        known = real.get(name)
        odd = draw(values) if known is None or draw(st.booleans()) else str(known).encode()
        path += literal.encode() + odd.replace(b"/", b"")
    query = [(draw(st.sampled_from(ASKED)), draw(values)) for _ in range(draw(st.integers(0, 3)))]
    raw = draw(values) if draw(st.integers(0, 9)) == 0 else urlencoded(query)
    return Address(path + last.encode(), raw)
