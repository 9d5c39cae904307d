"""The shape of the code, checked by reading it: who imports whom, who commits, how long a file gets."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
APP = ROOT / "app"

# A feature may import those below it, and the core (app/*.py).
BELOW: dict[str, set[str]] = {
    "brand": set(),
    "members": {"brand"},
    "events": {"brand", "members"},
    "surveys": {"brand", "members", "events"},
    "loyalty": {"brand", "members", "events"},
    "reports": {"brand", "members", "events", "surveys", "loyalty"},
    "dev": {"brand", "members", "events", "surveys", "loyalty", "reports"},
}
CORE_MAY_IMPORT = {"brand"}  # mails and the language selector ask for its name and language
ASSEMBLY = {"__init__.py", "cli.py"}  # the two core modules that know every feature
KINDS = ("models", "rules", "queries", "actions", "forms", "views", "api", "cli", "jobs")
EDGE = ("views", "api", "cli", "jobs")
EDGE_FILES = {"outbox.py", "ops.py", "cli.py", "db.py"}  # outbox holds a job, ops holds views
# Beside the kinds: what a library wants in one place.
EXTRA_MODULES = {"members/accounts.py"}
HEAVY = {"matplotlib", "scipy", "statsmodels", "pandas", "weasyprint", "openpyxl", "PIL", "numpy"}
MODULES = sorted(APP.rglob("*.py"))


def imports(path: Path) -> list[tuple[str, bool]]:
    """Return (module, imported at module level?) for each import of a file."""
    tree = ast.parse(path.read_text())
    top = set(map(id, tree.body))
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
            found += [(name, id(node) in top) for name in names]
        elif isinstance(node, ast.Import):
            found += [(alias.name, id(node) in top) for alias in node.names]
    return found


def feature_of(path: Path) -> str | None:
    parts = path.relative_to(APP).parts
    return parts[0] if len(parts) > 1 else None


def imported_features(path: Path) -> set[str]:
    parts = [name.split(".") for name, _ in imports(path) if name.startswith("app.")]
    return {name[1] for name in parts if name[1] in BELOW}


def name_of(path: Path) -> str:
    return str(path.relative_to(APP))


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_imports_point_down(path: Path) -> None:
    feature = feature_of(path)
    if feature is None:
        allowed = set(BELOW) if path.name in ASSEMBLY else CORE_MAY_IMPORT
    else:
        allowed = BELOW[feature] | {feature}
    assert imported_features(path) <= allowed


@pytest.mark.parametrize("path", [p for p in MODULES if p.name.startswith("rules")], ids=name_of)
def test_rules_are_pure(path: Path) -> None:
    modules = {name.split(".")[0] for name, _ in imports(path)} - {"app"}
    assert not modules & {"flask", "sqlalchemy", "flask_sqlalchemy", "time"}
    assert not {name for name, _ in imports(path)} & {"app.clock", "app.db"}
    calls = [node.attr for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Attribute)]
    assert not {"now", "utcnow", "today"} & set(calls), "a rule takes `now` as an argument"


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_only_the_edge_commits(path: Path) -> None:
    if path.stem.startswith(EDGE) or name_of(path) in EDGE_FILES or feature_of(path) == "dev":
        return
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            assert name != "commit", f"{name_of(path)}:{node.lineno} commits"


@pytest.mark.parametrize("path", [p for p in MODULES if feature_of(p)], ids=name_of)
def test_features_have_the_same_file_names(path: Path) -> None:
    known = path.stem == "__init__" or path.stem.split("_")[0] in KINDS
    assert known or name_of(path) in EXTRA_MODULES or feature_of(path) == "dev"


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_files_stay_short(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= 300


def test_the_web_process_imports_nothing_heavy() -> None:
    code = f"import sys; from app import create_app; create_app(); print(*({HEAVY!r} & sys.modules.keys()))"
    run = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={"TERRAIN_ENV": "development", "PATH": ""},
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout.split() == []
