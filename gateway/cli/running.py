"""How every command runs: in the gateway that owns the home, or here; and how it ends."""

from __future__ import annotations

import contextlib
import json
import os
import re
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

if TYPE_CHECKING:
    from gateway.control import Progress

HomeOption = Annotated[
    Path,
    typer.Option(
        "--home",
        envvar="WEIR_HOME",
        help="The home: where this gateway keeps its data.",
        show_default=True,
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]
DEFAULT_HOME = Path("weir-home")
PATIENCE_SECONDS = 10.0  # for a command that has the home open, or a gateway that is starting
_PAUSE_SECONDS = 0.1


def run(home: Path, operation: str, /, **params: Any) -> Any:
    """Run an operation on a home, through its gateway where one runs, and return the result.

    Ends the command with status 1 and the reason on stderr where it is refused or fails.
    """
    with showing_progress() as progress, failing_clearly():
        return _when_free(lambda: _perform(home.absolute(), operation, params, progress))


def _perform(home: Path, operation: str, params: dict[str, Any], progress: Progress) -> Any:
    socket_file = home / "weir.sock"
    if socket_file.exists():
        from gateway.control import call

        # Nobody listens: a gateway that was killed left its socket behind.
        with contextlib.suppress(ConnectionRefusedError, FileNotFoundError):
            return call(socket_file, operation, params, progress)
    from gateway.context import open_context
    from gateway.operations import perform

    with open_context(home) as context:
        return perform(context, operation, params, progress)


def _when_free(attempt: Callable[[], Any]) -> Any:
    """Try again for a while where another command has the home open, or its gateway starts."""
    from gateway.errors import GatewayRunningError

    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            return attempt()
        except GatewayRunningError:
            if time.monotonic() > deadline:
                raise
        time.sleep(_PAUSE_SECONDS)


@contextlib.contextmanager
def failing_clearly() -> Iterator[None]:
    """Turn a refusal or failure into a sentence on stderr and exit status 1."""
    from gateway.errors import WeirError
    from gateway.storage import noticing_a_full_disk

    try:
        with noticing_a_full_disk():
            yield
    except WeirError as error:
        fail(error.headline(), [line for line in error.lines() if line])
    except (typer.Exit, typer.Abort, typer.BadParameter):
        raise
    except OSError as error:
        fail(_said(error))
    except Exception as error:
        if os.environ.get("WEIR_TRACEBACK"):
            raise
        from gateway.failures import describe_failure

        # Not the error's own text: drivers and parsers quote the value that they choke on.
        fail(
            f"this is a fault in Weir itself: {describe_failure(error)}. Please report it; "
            "with WEIR_TRACEBACK=1 the same command shows all of it",
        )


def _said(error: OSError) -> str:
    if error.filename is None:
        return str(error)
    return f"{error.filename}: {str(error.strerror).lower()}"


def fail(message: str, details: list[str] | None = None) -> NoReturn:
    """Say why on stderr and end with status 1."""
    from gateway.cli.tables import harmless

    typer.echo(f"weir: {harmless(message)}", err=True)
    for line in details or []:
        typer.echo(f"  - {harmless(line)}", err=True)
    raise typer.Exit(1)


def read_text(path: Path) -> str:
    """Read a text file, or end the command with the reason."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        fail(f"there is no file {path}")
    except IsADirectoryError:
        fail(f"{path} is a folder; name a file")
    except PermissionError:
        fail(f"{path} may not be read; check its permissions")
    except UnicodeDecodeError:
        fail(f"{path} isn't UTF-8 text; save it as UTF-8")


def show(result: Any, as_json: bool, render: Callable[[Any], None]) -> None:
    """Print a result as JSON, or as a person reads it."""
    if as_json:
        typer.echo(_harmless(json.dumps(result, ensure_ascii=False, indent=2, sort_keys=True)))
    else:
        render(result)


def _harmless(text: str) -> str:
    """Escape what a terminal would obey: JSON itself escapes the first 32 characters only."""
    return _NOT_ASCII.sub(
        lambda mark: mark[0] if mark[0].isprintable() else _escaped(mark[0]), text
    )


_NOT_ASCII = re.compile("[^\n -~]")


def _escaped(mark: str) -> str:
    return json.dumps(mark)[1:-1]


def suggest(home: Path, command: str) -> None:
    """Print what to run next, in words that work as they stand."""
    named = home != DEFAULT_HOME and os.environ.get("WEIR_HOME") != str(home)
    typer.echo(f"Next: {command}" + (f" --home {home}" if named else ""))


@contextlib.contextmanager
def showing_progress() -> Iterator[Progress]:
    """Show a bar on stderr for work that takes longer than two seconds, on a terminal only."""
    if not sys.stderr.isatty():
        yield _silent
        return
    from gateway.cli.progress import bar

    with bar() as progress:
        yield progress


def _silent(text: str, share: float) -> None:
    del text, share
