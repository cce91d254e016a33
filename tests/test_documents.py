"""The documents are checked like code: links, commands, targets, tests they name."""

from __future__ import annotations

import ast
import re
import shlex
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")
NAMED_TEST = re.compile(r"`(tests/[\w/.-]+\.py)::(test_\w+)`")
MAKE = re.compile(r"(?:`|^\$ )make ([a-z][a-z-]*)", re.MULTILINE)
FENCE = re.compile(r"^```(console|sh)\n(.*?)^```", re.MULTILINE | re.DOTALL)

# In brackets, so that this file doesn't hold what it looks for.
MACHINE = re.compile(
    r"/[w]ork/|/[r]oot/|/[f]arm/|/tmp/[p]lan|[p]ypi\.org|[p]ythonhosted|[n]pmjs\.(?:org|com)"
    r"|[i]ndex-url|registry\s*=\s*[\"']?http"
)


def tracked() -> list[Path]:
    """Everything that is, or is about to be, in the repository."""
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split("\0")
    return [ROOT / name for name in sorted(set(listed)) if name and (ROOT / name).is_file()]


def documents() -> list[object]:
    found = (path for path in tracked() if path.suffix == ".md")
    return [pytest.param(path, id=str(path.relative_to(ROOT))) for path in found]


def without_blocks(text: str) -> str:
    return re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)


def anchors(text: str) -> set[str]:
    """Return the anchors of a document's headings, as forges make them."""
    headings = re.findall(r"^#+ (.+)$", without_blocks(text), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).strip().replace(" ", "-") for head in headings}


def broken_links(path: Path, text: str) -> list[str]:
    """Find relative links whose file, or whose heading, isn't there."""
    broken = []
    for link in LINK.findall(without_blocks(text)):
        if re.match(r"[a-z]+:", link):
            continue
        name, _, anchor = link.partition("#")
        target = path.parent / name if name else path
        if not target.exists() or (
            anchor and anchor not in anchors(target.read_text() if name else text)
        ):
            broken.append(link)
    return broken


def missing_tests(text: str) -> list[str]:
    """Find tests that a document names and that aren't there."""
    return [
        f"{file}::{name}"
        for file, name in NAMED_TEST.findall(text)
        if not (ROOT / file).is_file() or name not in functions_of(ROOT / file)
    ]


def functions_of(path: Path) -> set[str]:
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    tree = ast.parse(path.read_text())
    return {node.name for node in ast.walk(tree) if isinstance(node, functions)}


def make_targets() -> set[str]:
    return set(re.findall(r"^([a-z][a-z-]*):", (ROOT / "Makefile").read_text(), re.MULTILINE))


def weir_lines(text: str) -> list[list[str]]:
    """Return the words of every `weir` command in a document's blocks of commands."""
    commands = []
    for kind, block in FENCE.findall(text):
        joined = re.sub(r"\\\n(?:> )?\s*", " ", block)
        start = r"^\$ (?:\S+/)?weir " if kind == "console" else r"^(?:.*\s)?(?:\S+/)?weir (?=[a-z])"
        for line in joined.splitlines():
            found = re.match(start, line)
            if found:
                commands.append(shlex.split(line[found.end() :], comments=True))
    return commands


def unknown_in(words: list[str]) -> list[str]:
    """Find what of a command line the program doesn't know: a command or an option."""
    from typer.main import get_command

    from gateway.cli.main import app

    command: object = get_command(app)
    rest = list(words)
    while hasattr(command, "commands") and rest and not rest[0].startswith("-"):
        name = rest.pop(0)
        if name not in command.commands:
            return [name]
        command = command.commands[name]
    known = {option for param in command.params for option in param.opts} | {"--help"}
    until_pipe = rest[: next((i for i, word in enumerate(rest) if word in "|>&&;"), len(rest))]
    options = [word.partition("=")[0] for word in until_pipe if word.startswith("--")]
    return [option for option in options if option not in known]


@pytest.mark.parametrize("path", documents())
def test_every_relative_link_leads_somewhere(path):
    assert broken_links(path, path.read_text()) == []


@pytest.mark.parametrize("path", documents())
def test_every_make_target_that_is_named_exists(path):
    assert set(MAKE.findall(path.read_text())) <= make_targets()


@pytest.mark.parametrize("path", documents())
def test_every_test_that_is_named_exists(path):
    assert missing_tests(path.read_text()) == []


@pytest.mark.parametrize("path", documents())
def test_every_weir_command_that_is_shown_exists(path):
    shown = weir_lines(path.read_text())
    assert [(words, unknown_in(words)) for words in shown if unknown_in(words)] == []


def test_every_threat_names_a_test():
    text = (ROOT / "SECURITY.md").read_text()
    table = re.search(r"^## Threats\n(.*?)(?=^## )", text, re.MULTILINE | re.DOTALL).group(1)
    rows = [line for line in table.splitlines() if line.startswith("| ")][1:]
    assert len(rows) > 10
    assert [row for row in rows if not NAMED_TEST.search(row)] == []


def test_no_tracked_file_names_a_machine_or_a_download_host():
    named = [
        str(path.relative_to(ROOT))
        for path in tracked()
        if MACHINE.search(path.read_text(encoding="utf-8", errors="ignore"))
    ]
    assert named == []


def test_the_glossary_has_every_word_once():
    words = re.findall(r"^\| \*\*(.+?)\*\*", (ROOT / "GLOSSARY.md").read_text(), re.MULTILINE)
    assert len(words) > 40
    assert len(words) == len(set(words))


@pytest.mark.parametrize(
    "planted",
    ["/work" + "/main", "https://pypi" + ".org/simple", "--index" + "-url x", "/root" + "/.venv"],
)
def test_a_planted_machine_path_is_found(planted):
    assert MACHINE.search(planted)


def test_a_planted_broken_link_is_found():
    assert broken_links(ROOT / "README.md", "[a](no-such-file.md)") == ["no-such-file.md"]
    assert broken_links(ROOT / "README.md", "# Here\n[a](#here) [b](#there)") == ["#there"]


def test_a_planted_test_that_is_not_there_is_found():
    planted = "`tests/test_documents.py::test_that_nobody_wrote`"
    assert missing_tests(planted) == [planted.strip("`")]


def test_a_planted_command_that_is_not_there_is_found():
    (words,) = weir_lines("```console\n$ weir partner promote harbor\n```\n")
    assert unknown_in(words) == ["promote"]
    (words,) = weir_lines("```console\n$ weir partner list --loudly\n```\n")
    assert unknown_in(words) == ["--loudly"]
