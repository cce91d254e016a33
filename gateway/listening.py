"""Where the gateway listens: on loopback, unless TLS or a proxy is named.

Metrics have a port of their own, always on loopback. On the partners' port there would be no way
to tell who asks: a proxy on this machine comes from loopback too, for whoever stands before it.
"""

from __future__ import annotations

import ipaddress
import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from gateway.errors import ListeningError

if TYPE_CHECKING:
    from pathlib import Path

_BACKLOG = 512
METRICS_HOST = "127.0.0.1"


@dataclass(frozen=True)
class Listening:
    """How a gateway is reached.

    Attributes:
        port: 0 takes a free one.
        workers: processes; an embedded home has one owner.
        public_url: the address that partners use; empty for the one listened on.
        tls_cert, tls_key: PEM files, both or none.
        behind_proxy: a proxy on this way ends TLS.
        metrics_port: where programs of this machine read metrics; 0 takes a free one, None has
            none.
    """

    host: str = "127.0.0.1"
    port: int = 8450
    workers: int = 1
    public_url: str = ""
    tls_cert: Path | None = None
    tls_key: Path | None = None
    behind_proxy: bool = False
    metrics_port: int | None = None


def check_listening(listening: Listening) -> None:
    """Refuse to listen where tokens or records would travel unprotected.

    Raises:
        ListeningError: the address needs TLS or a proxy, or the settings contradict each other.
    """
    if listening.workers != 1:
        raise ListeningError("this home is embedded and has one owner: leave --workers at 1")
    if (listening.tls_cert is None) != (listening.tls_key is None):
        raise ListeningError("TLS needs both --tls-cert and --tls-key")
    for file in filter(None, (listening.tls_cert, listening.tls_key)):
        if not file.is_file():
            raise ListeningError(f"there is no file {file}")
    protected = listening.tls_cert is not None or listening.behind_proxy
    if not is_loopback(listening.host) and not protected:
        raise ListeningError(
            f"{listening.host} can be reached from other machines: name --tls-cert and --tls-key, "
            "or --behind-proxy where a proxy ends TLS, or listen on 127.0.0.1",
        )
    _check_public_url(listening)


def _check_public_url(listening: Listening) -> None:
    if not listening.public_url:
        if listening.behind_proxy or _is_everywhere(listening.host):
            raise ListeningError("name the address that partners use: --public-url https://...")
        return
    parts = urlsplit(listening.public_url)
    host = parts.hostname or ""
    if not host or parts.path.strip("/") or parts.query or parts.fragment or parts.username:
        raise ListeningError(
            "--public-url is scheme, host and port alone: https://weir.example.org"
        )
    if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(host)):
        raise ListeningError("--public-url must start with https://: tokens travel to it")


def public_url_of(listening: Listening, port: int) -> str:
    """Return the address that partners use, without a slash at its end.

    Args:
        listening: as checked.
        port: the one that was bound.
    """
    if listening.public_url:
        return listening.public_url.rstrip("/")
    scheme = "http" if listening.tls_cert is None else "https"
    host = f"[{listening.host}]" if ":" in listening.host else listening.host
    return f"{scheme}://{host}:{port}"


def is_loopback(host: str) -> bool:
    """Answer whether a host is this machine alone."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _is_everywhere(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_unspecified
    except ValueError:
        return False


def bind(listening: Listening) -> socket.socket:
    """Take the port, before anything is opened.

    Raises:
        ListeningError: the address isn't there or the port is taken.
    """
    return _bound(listening.host, listening.port, "--host and --port")


def bind_metrics(port: int) -> socket.socket:
    """Take the port of the metrics, on loopback.

    Raises:
        ListeningError: it is taken.
    """
    return _bound(METRICS_HOST, port, "--metrics-port")


def _bound(host: str, port: int, options: str) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        bound = socket.create_server((host, port), family=family, backlog=_BACKLOG)
    except OSError as error:
        raise ListeningError(
            f"can't listen on {host} port {port} ({error.strerror}): choose another with {options}",
        ) from None
    # Connections inherit it: without it the second piece of an answer waits 40 ms for the first.
    bound.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return bound
