"""Freeze figures as canonical JSON, and read them back: same figures, same bytes, same hash."""

from __future__ import annotations

import json
import math
import types
from collections.abc import Mapping
from dataclasses import asdict, fields, is_dataclass
from enum import EnumType
from functools import cache
from hashlib import sha256
from typing import Any, Union, get_args, get_origin, get_type_hints

from app.reports.rules_snapshot import StudyFigures
from app.surveys.rules_intervals import Interval

# Decimals kept: more than any report prints, fewer than what differs between two processors.
DECIMALS = 6


def freeze(figures: StudyFigures) -> str:
    """Write figures as JSON: sorted keys, no spaces, six decimals. Raises ValueError on a figure that is no number."""
    return json.dumps(
        _rounded(asdict(figures)), sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )


def content_hash(frozen: str) -> str:
    """Return the SHA-256 of frozen figures, as 64 hexadecimal digits."""
    return sha256(frozen.encode()).hexdigest()


def thaw(frozen: str) -> StudyFigures:
    """Read frozen figures back. Raises ValueError when they are of another shape."""
    figures: StudyFigures = _build(StudyFigures, json.loads(frozen))
    return figures


def _rounded(value: Any) -> Any:
    if isinstance(value, float) and math.isfinite(value):
        return round(value, DECIMALS) + 0.0  # no “-0.0”
    if isinstance(value, dict):
        return {key: _rounded(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(one) for one in value]
    return value


def _build(kind: Any, value: Any) -> Any:
    """Give JSON the type that a field declares."""
    origin, arguments = get_origin(kind), get_args(kind)
    if origin in {Union, types.UnionType}:
        return _build_one_of(arguments, value)
    if origin is tuple:
        return tuple(_build(arguments[0], one) for one in value)
    if is_dataclass(kind):
        return _build_dataclass(kind, value)
    if kind is Interval:
        return Interval(*value)
    # What is left is JSON’s own, a Mapping of it, or an enum of strings.
    return kind(value) if kind is float or isinstance(kind, EnumType) else value


def _build_one_of(kinds: tuple[Any, ...], value: Any) -> Any:
    if value is None:
        return None
    known = [kind for kind in kinds if kind is not type(None)]
    if len(known) == 1:
        return _build(known[0], value)
    # Summaries: each kind of question has fields of its own.
    kind = next((kind for kind in known if set(_hints(kind)) == set(value)), None)
    if kind is None:
        raise ValueError(f"no summary has the fields {sorted(value)}")
    return _build(kind, value)


def _build_dataclass(kind: Any, value: Mapping[str, Any]) -> Any:
    hints = _hints(kind)
    if set(hints) != set(value):
        raise ValueError(f"{kind.__name__} does not have the fields {sorted(value)}")
    return kind(**{name: _build(hint, value[name]) for name, hint in hints.items()})


@cache
def _hints(kind: Any) -> dict[str, Any]:
    hints = get_type_hints(kind)
    return {field.name: hints[field.name] for field in fields(kind)}
