"""How every command runs: in the gateway that owns the home, or here; and how it ends."""

from __future__ import annotations

import contextlib
import json
import sys
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


def run(home: Path, operation: str, /, **params: Any) -> Any:
    """Run an operation on a home, through its gateway where one runs, and return the result.

    Ends the command with status 1 and the reason on stderr where it is refused or fails.
    """
    with showing_progress() as progress, failing_clearly():
        socket_file = home.absolute() / "weir.sock"
        if socket_file.exists():
            from gateway.control import call

            with contextlib.suppress(ConnectionRefusedError, FileNotFoundError):
                return call(socket_file, operation, params, progress)
        from gateway.context import open_context
        from gateway.operations import perform

        with open_context(home.absolute()) as context:
            return perform(context, operation, params, progress)


@contextlib.contextmanager
def failing_clearly() -> Iterator[None]:
    """Turn a refusal or failure into a sentence on stderr and exit status 1."""
    from gateway.errors import WeirError

    try:
        yield
    except WeirError as error:
        fail(str(error), [line for line in error.lines() if line])
    except ConnectionError as error:
        fail(str(error))


def fail(message: str, details: list[str] | None = None) -> NoReturn:
    """Say why on stderr and end with status 1."""
    typer.echo(f"weir: {message}", err=True)
    for line in details or []:
        typer.echo(f"  - {line}", err=True)
    raise typer.Exit(1)


def read_text(path: Path) -> str:
    """Read a text file, or end the command with the reason."""
    try:
        return path.read_text(encoding="utf-8")
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
        typer.echo(json.dumps(result, ensure_ascii=False, indent=2, sort_keys=True))
    else:
        render(result)


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
