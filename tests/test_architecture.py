"""The shape of the code, checked by reading it: who imports whom, who commits, how long a file gets.

Each check takes a module and yields what is wrong with it, so that the examples at the end, broken on purpose, show
that it would notice.
"""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pytest
import sqlalchemy as sa

from app.db import db
from app.events.models import Chapter, Event
from tests.factories import make_event

ROOT = Path(__file__).parent.parent
APP = ROOT / "app"

# A feature may import those below it, and the core (app/*.py).
BELOW: dict[str, set[str]] = {
    "brand": set(),
    "members": {"brand"},
    "events": {"brand", "members"},
    "surveys": {"brand", "members", "events"},
    "loyalty": {"brand", "members", "events"},
    "api": {"brand", "members", "events", "surveys"},
    "reports": {"brand", "members", "events", "surveys", "loyalty"},
    "dev": {"brand", "members", "events", "surveys", "loyalty", "reports", "api"},
}
CORE_MAY_IMPORT = {"brand"}  # mails and the language selector ask for its name and language
ASSEMBLY = {"__init__.py", "cli.py"}  # the two core modules that know every feature
# A kind of module imports its own level and those below, in its own feature and in others.
LEVELS = {
    "models": 0,
    "rules": 0,
    "queries": 1,
    "actions": 1,
    "forms": 1,
    "views": 2,
    "api": 2,
    "cli": 2,
    "jobs": 2,
}
EDGE = 2
EDGE_FILES = {
    "postgres.py",
    "delivery.py",
    "outbox.py",
    "ops.py",
    "cli.py",
    "db.py",
}  # jobs, and in ops views
# Beside the kinds: what a library wants in one place.
EXTRA_MODULES = {"members/accounts.py"}
IMPURE = {"flask", "sqlalchemy", "flask_sqlalchemy", "time"}
LONGEST = 300  # lines
HEAVY = {
    "matplotlib",
    "scipy",
    "statsmodels",
    "pandas",
    "weasyprint",
    "openpyxl",
    "xlsxwriter",
    "PIL",
    "numpy",
    "alembic",
    "icalendar",
    "babel.messages",
    "segno",
}


@dataclass(frozen=True)
class Module:
    """A source file below app/, by its path from there."""

    name: str
    source: str

    @property
    def feature(self) -> str | None:
        return self.name.split("/")[0] if "/" in self.name else None

    @property
    def kind(self) -> str:
        return kind_of(Path(self.name).stem)

    @cached_property
    def nodes(self) -> list[ast.AST]:
        return list(ast.walk(ast.parse(self.source)))

    @cached_property
    def imports(self) -> set[str]:
        """Return the dotted name of each module, and of each thing, that is imported."""
        found = {alias.name for node in self.nodes if isinstance(node, ast.Import) for alias in node.names}
        for node in self.nodes:
            if isinstance(node, ast.ImportFrom):
                module = "." * node.level + (node.module or "")
                found |= {module, *(f"{module}.{alias.name}" for alias in node.names)}
        return found


def kind_of(module: str) -> str:
    return module.partition("_")[0]


def imports_point_down(module: Module) -> Iterator[str]:
    if module.feature:
        allowed = BELOW[module.feature] | {module.feature}
    else:
        allowed = set(BELOW) if module.name in ASSEMBLY else CORE_MAY_IMPORT
    for name in module.imports:
        parts = name.split(".")
        if parts[0] == "":
            yield f"imports {name} relatively, where it cannot be read which way"
        elif parts[0] == "app" and len(parts) > 1 and parts[1] in set(BELOW) - allowed:
            yield f"imports {name}"


def kinds_point_down(module: Module) -> Iterator[str]:
    level = LEVELS.get(module.kind)
    if module.feature in {None, "dev"} or level is None:
        return
    for name in module.imports:
        parts = name.split(".")
        if parts[0] == "app" and len(parts) == 3 and LEVELS.get(kind_of(parts[2]), 0) > level:
            yield f"imports {name}"


def rules_are_pure(module: Module) -> Iterator[str]:
    if module.kind != "rules":
        return
    for name in module.imports:
        if name.split(".")[0] in IMPURE or name in {"app.clock", "app.db"}:
            yield f"imports {name}"
    for node in module.nodes:
        if isinstance(node, ast.Attribute) and node.attr in {"now", "utcnow", "today"}:
            yield f"line {node.lineno} reads the clock: a rule takes `now` as an argument"


def only_the_edge_commits(module: Module) -> Iterator[str]:
    if LEVELS.get(module.kind) == EDGE or module.name in EDGE_FILES or module.feature == "dev":
        return
    for node in module.nodes:
        if (
            isinstance(node, ast.Call)
            and getattr(node.func, "attr", getattr(node.func, "id", "")) == "commit"
        ):
            yield f"line {node.lineno} commits"


def features_have_the_same_file_names(module: Module) -> Iterator[str]:
    if module.feature in {None, "dev"} or module.name in EXTRA_MODULES:
        return
    if module.kind not in {*LEVELS, ""}:  # "" is __init__
        yield f"is none of {', '.join(LEVELS)}"


def files_stay_short(module: Module) -> Iterator[str]:
    lines = module.source.count("\n")
    if lines > LONGEST:
        yield f"has {lines} lines"


Check = Callable[[Module], Iterator[str]]
CHECKS: tuple[Check, ...] = (
    imports_point_down,
    kinds_point_down,
    rules_are_pure,
    only_the_edge_commits,
    features_have_the_same_file_names,
    files_stay_short,
)


@pytest.fixture(scope="module")
def modules() -> list[Module]:
    return [Module(str(path.relative_to(APP)), path.read_text()) for path in sorted(APP.rglob("*.py"))]


@pytest.mark.parametrize("check", CHECKS)
def test_the_code_has_its_shape(modules: list[Module], check: Check) -> None:
    assert [f"app/{module.name} {fault}" for module in modules for fault in check(module)] == []


BROKEN: tuple[tuple[Check, str, str], ...] = (
    (imports_point_down, "members/queries.py", "from app.events.models import Event"),
    (imports_point_down, "members/queries.py", "from app import events"),
    (imports_point_down, "surveys/actions.py", "import app.loyalty.actions"),
    (imports_point_down, "surveys/actions.py", "def pay():\n    from app.loyalty import actions"),
    (imports_point_down, "events/views.py", "from ..reports import queries"),
    (imports_point_down, "outbox.py", "from app.members.models import Member"),
    (kinds_point_down, "events/models.py", "from app.events.actions_seats import take_seats"),
    (kinds_point_down, "events/rules_seats.py", "from app.members.queries import consents_of"),
    (kinds_point_down, "loyalty/actions.py", "from app.loyalty import views"),
    (rules_are_pure, "events/rules.py", "from flask import request"),
    (rules_are_pure, "events/rules.py", "import sqlalchemy as sa"),
    (rules_are_pure, "events/rules.py", "from app.clock import now"),
    (rules_are_pure, "events/rules.py", "from datetime import datetime, UTC\ntoday = datetime.now(UTC)"),
    (rules_are_pure, "loyalty/rules_tiers.py", "import time"),
    (only_the_edge_commits, "events/actions_door.py", "db.session.commit()"),
    (only_the_edge_commits, "members/queries.py", "from app.db import commit\ncommit()"),
    (only_the_edge_commits, "tokens.py", "def new():\n    session.commit()"),
    (features_have_the_same_file_names, "events/utils.py", ""),
    (features_have_the_same_file_names, "loyalty/viewing.py", ""),
    (files_stay_short, "events/views.py", "\n" * 301),
)


@pytest.mark.parametrize(("check", "name", "source"), BROKEN)
def test_a_broken_module_is_noticed(check: Check, name: str, source: str) -> None:
    assert list(check(Module(name, source)))


def test_a_list_that_loads_row_by_row_costs_more_statements(chapter: Chapter, statements: list[str]) -> None:
    """Show that the count which each hot page is held to grows with the rows of a careless list."""
    counts = []
    for _ in range(2):
        make_event(chapter)
        db.session.expunge_all()
        statements.clear()
        assert [event.slots for event in db.session.scalars(sa.select(Event))]
        counts.append(len(statements))
        chapter = db.session.get_one(Chapter, 2)
    assert counts[0] < counts[1]


def test_the_web_process_imports_nothing_heavy() -> None:
    assert heavy_imports("from app import create_app; create_app()") == set()


def test_a_heavy_import_is_noticed() -> None:
    assert "numpy" in heavy_imports("import numpy")


def heavy_imports(code: str) -> set[str]:
    """Run code in a process of its own and return which heavy libraries it loaded."""
    run = subprocess.run(
        [sys.executable, "-c", f"import sys; {code}; print(*({HEAVY!r} & sys.modules.keys()))"],
        cwd=ROOT,
        env={"TERRAIN_ENV": "development", "PATH": ""},
        capture_output=True,
        text=True,
        check=True,
    )
    return set(run.stdout.split())


def test_models_are_put_together_once_all_are_there() -> None:
    """A query made with options while a module is imported would do it sooner: again for those that come later."""
    code = "import app; from app.db import Base; print(*(m for m in Base.registry.mappers if m.configured))"
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env={"PATH": ""}, capture_output=True, text=True, check=True
    )
    assert run.stdout.split() == []
