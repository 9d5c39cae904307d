"""The OpenAPI document, arranged for people to read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Spec = Mapping[str, Any]

# What the OpenAPI document has no place for.
ABOUT_ERRORS = (
    "The `code` of a problem document. With 409 it names the rule that said no, such as `party-too-big`, `not-open` or "
    "`arrived`."
)
ABOUT_WEBHOOKS = (
    "A webhook gets a POST with JSON: `id`, `kind`, `at`, `event` and `data`, which holds ids and states, never a name "
    "or an address. The kinds are `rsvp.confirmed`, `rsvp.cancelled`, `rsvp.promoted`, `check-in` and `response`.\n\n"
    "`Terrain-Signature: t=…,v1=…` proves it: `v1` is the HMAC-SHA256, with the webhook’s secret, of `t`, a dot and "
    "the body’s bytes, in hexadecimal. Refuse what does not match, and what is older than five minutes.\n\n"
    "Answer with a status from 200 to 299 within ten seconds. Anything else is tried again after 1, 5, 15, 60, 240, "
    "720 and 1440 minutes. The same may come twice: then `id` is the same."
)


@dataclass(frozen=True)
class Field:
    """A parameter of a call, or a field of what is sent or answered."""

    name: str
    type: str
    required: bool
    about: str


@dataclass(frozen=True)
class Call:
    """One method of one path."""

    key: str
    method: str
    path: str
    summary: str
    about: str
    scope: str
    parameters: list[Field]
    body: list[Field]
    answer: list[Field]
    statuses: list[str]


@dataclass(frozen=True)
class Chapter:
    """The calls about one thing."""

    title: str
    about: str
    calls: list[Call] = field(default_factory=list)


def read_spec(spec: Spec) -> list[Chapter]:
    """Return the calls of an OpenAPI 3.1 document by tag, in its order."""
    chapters = {tag["name"]: Chapter(_title(tag["name"]), tag["description"]) for tag in spec["tags"]}
    for path, item in spec["paths"].items():
        shared = item.get("parameters", [])
        for method, call in item.items():
            if method != "parameters":
                chapters[call["tags"][0]].calls.append(_call(spec, path, method, call, shared))
    return list(chapters.values())


def _title(tag: str) -> str:
    return tag.removesuffix("-api").capitalize()


def _call(spec: Spec, path: str, method: str, call: Spec, shared: list[Spec]) -> Call:
    parameters = [_resolve(spec, one) for one in [*shared, *call.get("parameters", [])]]
    statuses = sorted(call["responses"])
    answers = [_schema(spec, call["responses"][status]) for status in statuses if status.startswith("2")]
    return Call(
        key=call["operationId"],
        method=method.upper(),
        path=path,
        summary=call.get("summary", ""),
        about=call.get("description", ""),
        scope=call["security"][0]["token"][0],
        parameters=[
            Field(
                one["name"],
                _type(spec, one["schema"]),
                one.get("required", False),
                one.get("description", ""),
            )
            for one in parameters
        ],
        body=_fields(spec, _schema(spec, call.get("requestBody", {}))),
        answer=_fields(spec, answers[0]),
        statuses=statuses,
    )


def _resolve(spec: Spec, thing: Spec) -> Spec:
    while "$ref" in thing:
        found: Any = spec
        for step in thing["$ref"].removeprefix("#/").split("/"):
            found = found[step]
        thing = found
    return thing


def _schema(spec: Spec, holder: Spec) -> Spec:
    content = _resolve(spec, holder).get("content", {})
    for media in content.values():
        return _resolve(spec, media.get("schema", {}))
    return {}


def _fields(spec: Spec, schema: Spec, before: str = "") -> list[Field]:
    """Return the fields of an object, those of the rows of a list after the list itself."""
    found = []
    for name, raw in schema.get("properties", {}).items():
        inner = _resolve(spec, raw)
        about, required = inner.get("description", ""), name in schema.get("required", ())
        found.append(Field(before + name, _type(spec, inner), required, about))
        if inner.get("type") == "array":
            found += _fields(spec, _resolve(spec, inner["items"]), f"{before}{name}[].")
        elif "properties" in inner:
            found += _fields(spec, inner, f"{before}{name}.")
    return found


def _type(spec: Spec, raw: Spec) -> str:
    schema = _resolve(spec, raw)
    if values := schema.get("enum"):
        return " | ".join(str(value) for value in values if value is not None)
    kind = schema.get("type", "any")
    text = " | ".join(kind) if isinstance(kind, list) else str(kind)
    return f"{text} ({schema['format']})" if "format" in schema else text
