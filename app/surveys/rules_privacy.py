"""Keep people from being recognised in a breakdown: no figure about a group that is too small.

A group left out can often be worked out again, because the total is printed too. So what is left out is
always either merged with enough others or takes the whole breakdown with it, and a filter is refused when
the people it leaves aside are too few.
"""

from collections.abc import Mapping
from dataclasses import dataclass

MINIMUM_GROUP = 5
LEAST_MINIMUM = 3


@dataclass(frozen=True, slots=True)
class Breakdown:
    """Which groups may be shown alone, which only together as one, and which not at all.

    `shown`, `merged` and `hidden` hold the groups’ names in the order given; each group is in exactly one.
    `merged_count` is how many people stand behind the merged row (0 when there is none).
    """

    shown: tuple[str, ...]
    merged: tuple[str, ...]
    hidden: tuple[str, ...]
    merged_count: int


def may_show(size: int, within: int | None = None, minimum: int = MINIMUM_GROUP) -> bool:
    """Say whether a figure, a quote or an export about `size` people may be shown.

    `within` is the number of people in a wider selection whose figures are shown too: the people in it who
    are not in the group are then a group as well, and must be nobody or enough. Re-check after each filter.
    """
    _check_minimum(minimum)
    if within is not None and not 0 <= size <= within:
        raise ValueError(f"a group of {size} does not fit in {within}")
    left_aside = 0 if within is None else within - size
    return size >= minimum and (left_aside == 0 or left_aside >= minimum)


def break_down(counts: Mapping[str, int], minimum: int = MINIMUM_GROUP) -> Breakdown:
    """Decide what a breakdown may show, given how many people each group holds.

    The groups share nobody and their total is taken as known. Groups under `minimum` are merged; while
    together they are still too few, as a lone one always is, the smallest of the others join. Should
    everyone end up merged, nothing is left to compare and all groups are hidden. A group of nobody is shown
    as such: it has no one to protect, and hides no one.
    """
    _check_minimum(minimum)
    if any(count < 0 for count in counts.values()):
        raise ValueError("a group cannot hold fewer than nobody")
    peopled = {name: count for name, count in counts.items() if count}
    kept_back = [name for name, count in peopled.items() if count < minimum]
    # sorted() is stable: among groups of one size, the first one given joins first.
    others = sorted((name for name in peopled if name not in kept_back), key=peopled.__getitem__)
    while kept_back and others and _people(peopled, kept_back) < minimum:
        kept_back.append(others.pop(0))
    if kept_back and not others:
        return Breakdown(shown=(), merged=(), hidden=tuple(counts), merged_count=0)
    return Breakdown(
        shown=tuple(name for name in counts if name not in kept_back),
        merged=tuple(name for name in counts if name in kept_back),
        hidden=(),
        merged_count=_people(peopled, kept_back),
    )


def _people(counts: Mapping[str, int], names: list[str]) -> int:
    return sum(counts[name] for name in names)


def _check_minimum(minimum: int) -> None:
    if minimum < LEAST_MINIMUM:
        raise ValueError(f"the smallest group shown cannot be set under {LEAST_MINIMUM}, {minimum} was asked")
