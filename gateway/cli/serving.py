"""`weir serve` and `weir demo`: the gateway itself."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.examples import example
from gateway.cli.running import DEFAULT_HOME, HomeOption, failing_clearly

SERVE_EXAMPLE = example(
    "weir serve",
    "weir serve --host 0.0.0.0 --tls-cert chain.pem --tls-key key.pem "
    "--public-url https://weir.hope.example",
)
DEMO_EXAMPLE = example("weir demo --once", "weir demo --cases 5000 --home demo-home")


def serve(
    home: HomeOption = DEFAULT_HOME,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port; 0 takes a free one.")] = 8450,
    workers: Annotated[
        int,
        typer.Option(min=1, help="Processes; an embedded home has one."),
    ] = 1,
    public_url: Annotated[
        str,
        typer.Option(help="The address partners use (default: the one listened on)."),
    ] = "",
    tls_cert: Annotated[Path | None, typer.Option(help="TLS certificate chain (PEM).")] = None,
    tls_key: Annotated[Path | None, typer.Option(help="TLS private key (PEM).")] = None,
    behind_proxy: Annotated[
        bool,
        typer.Option("--behind-proxy", help="A proxy in front of this gateway ends TLS."),
    ] = False,
    metrics_port: Annotated[
        int | None,
        typer.Option(
            min=0,
            max=65535,
            help="Port of /metrics for Prometheus, on 127.0.0.1 alone; 0 takes a free one "
            "(default: none; partners read the version alone).",
        ),
    ] = None,
) -> None:
    """Run the gateway until it is stopped, on loopback unless TLS or a proxy is named."""
    from gateway.server import Listening, run_gateway

    with failing_clearly():
        run_gateway(
            home.absolute(),
            Listening(
                host=host,
                port=port,
                workers=workers,
                public_url=public_url,
                tls_cert=tls_cert,
                tls_key=tls_key,
                behind_proxy=behind_proxy,
                metrics_port=metrics_port,
            ),
        )


def demo(
    home: Annotated[
        Path | None,
        typer.Option(
            "--home",
            help="Keep the demo's home there, and its files in HOME.files (default: a temporary "
            "folder, removed at the end).",
        ),
    ] = None,
    cases: Annotated[int, typer.Option(min=1000, help="Generated cases.")] = 35_000,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port; 0 takes a free one.")] = 8450,
    once: Annotated[bool, typer.Option("--once", help="End after the walk.")] = False,
) -> None:
    """Walk one pull aloud on a home of generated cases, then stay up.

    Makes a home, loads generated people, applies policies, adds three partners, lets an officer
    look at what would leave, pulls an extract as a partner would, and verifies its receipt
    offline. Ctrl-C ends it.
    """
    from gateway.demo.walk import walk

    with failing_clearly():
        walk(home.absolute() if home else None, cases=cases, port=port, once=once)
