"""`weir release`: what left."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from gateway.cli.examples import example
from gateway.cli.running import DEFAULT_HOME, HomeOption, JsonOption, run, show
from gateway.cli.tables import print_rows
from gateway.counted import counted

if TYPE_CHECKING:
    from collections.abc import Iterator

app = typer.Typer(no_args_is_help=True, help="See what left, to whom, and how protected.")


@app.command("list", epilog=example("weir release list"))
def list_releases(
    home: HomeOption = DEFAULT_HOME,
    as_json: JsonOption = False,
) -> None:
    """List all releases, the newest first."""
    show(run(home, "release.list"), as_json, _render_list)


def _render_list(releases: list[dict[str, Any]]) -> None:
    if not releases:
        typer.echo("Nothing has left yet.")
        return
    print_rows(
        [
            ("RELEASE", "LEFT (UTC)", "PARTNER", "DATASET", "STATE", "DELETE BY"),
            *(
                (
                    release["id"],
                    minute(release["settled_at"]),
                    release["partner"],
                    release["dataset"],
                    release["state"],
                    release["delete_by"],
                )
                for release in releases
            ),
        ],
    )


def minute(timestamp: str) -> str:
    """Return a timestamp to the minute, as people read it."""
    return timestamp[:16].replace("T", " ")


@app.command("show", epilog=example("weir release show rel_0123456789abcdefghjk"))
def show_release(
    release: Annotated[str, typer.Argument(metavar="ID", help="As `weir release list` shows it.")],
    home: HomeOption = DEFAULT_HOME,
    as_json: JsonOption = False,
) -> None:
    """Show one release: what left, how it was protected, who approved it, its entry in the log.

    `--json` prints the whole manifest.
    """
    show(run(home, "release.show", release=release), as_json, _render_release)


def _render_release(release: dict[str, Any]) -> None:
    manifest = release["manifest"]
    suspended = " (suspended)" if release["partner_suspended"] else ""
    typer.echo(f"{release['release']}: {release['state']}")
    print_rows(
        (
            ("partner", f"{release['partner']}{suspended}"),
            ("what for", f"{manifest['purpose']}, under agreement {manifest['agreement']}"),
            ("from", f"{manifest['dataset']}, snapshot {manifest['snapshot']}"),
            ("policy", f"{manifest['policy']}, version {manifest['policy_sha256'][:12]}"),
            ("left", f"{minute(release['settled_at'])} UTC"),
            ("entry", f"{release['entry_index']} of the audit log"),
            ("approved by", _approvals(release)),
            ("downloads until", release["download_until"]),
            ("delete by", manifest["delete_by"]),
            *_about_rows(release),
        ),
        indent="  ",
    )
    if release["extract"] is not None:
        _render_columns(manifest)


def _about_rows(release: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Say what protects: records by their classes, an aggregate by its noise alone."""
    manifest = release["manifest"]
    if release["extract"] is None:
        yield "guarantee", manifest["guarantee"]
        return
    yield "rows", said_rows(manifest["rows"], manifest["protection"])
    yield "guarantee", manifest["guarantee"]
    yield "protection", said_protection(manifest["protection"])
    yield "loss", f"{manifest['utility']['loss']:.3f} (0 is exact, 1 is nothing left)"


def _render_columns(manifest: dict[str, Any]) -> None:
    print_rows(
        [
            ("COLUMN", "ROLE", "ACTION", "LEVEL"),
            *((c["name"], c["role"], c["action"], c["level"] or "") for c in manifest["columns"]),
        ],
        indent="  ",
    )


def _approvals(release: dict[str, Any]) -> str:
    votes = [f"{vote['officer']} ({minute(vote['time'])})" for vote in release["approvals"]]
    return ", ".join(votes) or "nobody; the policy asks for no review"


def said_rows(rows: int, protection: dict[str, Any]) -> str:
    """Say how many rows there are, and how many of them may be one person's."""
    most = protection.get("max_records_per_person", 1)
    of_person = "each one person" if most == 1 else f"at most {most} of one person"
    return f"{counted(rows, 'row')}, {of_person}"


def said_protection(protection: dict[str, Any]) -> str:
    """Say what was asked of every class, and who was left out."""
    asked = [f"k={protection['k']}"]
    for name, rule in protection["l"].items():
        asked += _diversity(name, rule if isinstance(rule, dict) else {"distinct": rule})
    for name, rule in protection["t"].items():
        asked.append(f"{name} at most {rule['at_most']:g} from everybody's ({rule['distance']})")
    if protection.get("k_map"):
        rule = protection["k_map"]
        asked.append(f"k={rule['k']} in the population {rule['population']}")
    if protection.get("recoding") == "local":
        asked.append("recoded locally")
    asked.append(f"at most {protection['suppressed_share']:.0%} of the people left out")
    return ", ".join(asked)


def _diversity(name: str, rule: dict[str, Any]) -> Iterator[str]:
    if "distinct" in rule:
        yield f"{rule['distinct']} distinct {name}"
    if "entropy" in rule:
        yield f"entropy of {rule['entropy']:g} {name}"
    if "recursive" in rule:
        yield f"({rule['recursive']['c']:g},{rule['recursive']['l']}) of {name}"
