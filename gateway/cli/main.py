"""The `weir` command: one home, its datasets, policies, partners, releases and evidence."""

from __future__ import annotations

from typing import Annotated

import typer

from gateway.cli import (
    audit,
    budgets,
    datasets,
    homes,
    links,
    partners,
    policies,
    recipes,
    releases,
    reviews,
    serving,
    submissions,
    withdrawals,
)
from gateway.cli.measure import EXAMPLE as MEASURE_EXAMPLE
from gateway.cli.measure import measure
from gateway.cli.pull import EXAMPLE as PULL_EXAMPLE
from gateway.cli.pull import pull
from gateway.cli.query import EXAMPLE as QUERY_EXAMPLE
from gateway.cli.query import query
from gateway.cli.report import EXAMPLE as REPORT_EXAMPLE
from gateway.cli.report import report
from gateway.cli.submit import EXAMPLE as SUBMIT_EXAMPLE
from gateway.cli.submit import submit
from gateway.cli.templates import EXAMPLE as TEMPLATE_EXAMPLE
from gateway.cli.templates import template
from gateway.cli.verify import EXAMPLE as VERIFY_EXAMPLE
from gateway.cli.verify import verify
from gateway.version import VERSION

app = typer.Typer(
    name="weir",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    help=(
        "Share case data so that it helps and doesn't expose.\n\n"
        "An operator makes a home, declares a dataset, loads data, applies a policy and adds "
        "partners; `weir serve` lets them pull. An officer sees and decides what waits with "
        "`weir review`. A partner runs `weir pull`, `weir query`, `weir report` and "
        "`weir verify`. A contributor hands in data with `weir submit`. Anybody can "
        "`weir measure` a file.\n\n"
        "**Start here:** `weir demo --once` walks one pull aloud with generated people."
    ),
    epilog="Exit status: 0 done, 1 refused or failed (the reason is on stderr), 2 usage.",
)


def _print_version(asked: bool) -> None:
    if asked:
        typer.echo(f"weir {VERSION}")
        raise typer.Exit


@app.callback()
def about(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_print_version, is_eager=True, help="Say which it is."),
    ] = False,
) -> None:
    """Take what stands before the command."""
    del version


app.command("init", epilog=homes.INIT_EXAMPLE)(homes.init)
datasets.app.command("template", epilog=TEMPLATE_EXAMPLE)(template)
app.add_typer(datasets.app, name="dataset")
app.add_typer(recipes.app, name="recipe")
app.add_typer(policies.app, name="policy")
app.add_typer(partners.app, name="partner")
app.command("serve", epilog=serving.SERVE_EXAMPLE)(serving.serve)
app.command("demo", epilog=serving.DEMO_EXAMPLE)(serving.demo)
app.command("pull", epilog=PULL_EXAMPLE)(pull)
app.command("submit", epilog=SUBMIT_EXAMPLE)(submit)
app.add_typer(submissions.app, name="submission")
app.command("use", epilog=submissions.USE_EXAMPLE)(submissions.use)
app.command("query", epilog=QUERY_EXAMPLE)(query)
app.command("report", epilog=REPORT_EXAMPLE)(report)
app.command("verify", epilog=VERIFY_EXAMPLE)(verify)
app.command("measure", epilog=MEASURE_EXAMPLE)(measure)
app.add_typer(reviews.app, name="review")
app.add_typer(releases.app, name="release")
app.add_typer(links.app, name="link")
app.add_typer(withdrawals.app, name="withdraw")
app.add_typer(budgets.app, name="budget")
app.add_typer(audit.app, name="audit")
app.command("backup", epilog=homes.BACKUP_EXAMPLE)(homes.backup)
app.command("restore", epilog=homes.RESTORE_EXAMPLE)(homes.restore)


def main() -> None:
    """Run the command line."""
    app()


if __name__ == "__main__":
    main()
