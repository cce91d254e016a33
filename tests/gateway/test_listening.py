from __future__ import annotations

import contextlib

import pytest

from gateway.errors import ListeningError
from gateway.listening import (
    Listening,
    bind,
    bind_metrics,
    check_listening,
    is_loopback,
    public_url_of,
)


@pytest.fixture
def pem(tmp_path):
    file = tmp_path / "x.pem"
    file.write_text("")
    return file


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost", "127.0.0.9"])
def test_loopback_needs_nothing(host):
    check_listening(Listening(host=host))


@pytest.mark.parametrize(
    "host", ["192.168.1.5", "example.org", "::", "10.0.0.1", "2001:db8::1", ""]
)
def test_elsewhere_needs_tls_or_a_proxy(host, pem):
    url = "https://weir.example"
    with pytest.raises(ListeningError, match="--tls-cert"):
        check_listening(Listening(host=host, public_url=url))
    check_listening(Listening(host=host, public_url=url, behind_proxy=True))
    check_listening(Listening(host=host, public_url=url, tls_cert=pem, tls_key=pem))


def test_half_of_tls_is_refused(pem):
    with pytest.raises(ListeningError, match="both"):
        check_listening(Listening(tls_cert=pem))


def test_a_certificate_must_be_there(tmp_path, pem):
    with pytest.raises(ListeningError, match="no file"):
        check_listening(Listening(tls_cert=tmp_path / "none.pem", tls_key=pem))


def test_several_workers_are_refused():
    with pytest.raises(ListeningError, match="--workers"):
        check_listening(Listening(workers=2))


@pytest.mark.parametrize(
    "url",
    [
        "http://weir.example",
        "ftp://weir.example",
        "weir.example",
        "https://",
        "https://weir.example/path",
        "https://weir.example?x=1",
        "https://user@weir.example",
    ],
)
def test_a_public_url_is_https_and_nothing_but_scheme_host_and_port(url):
    with pytest.raises(ListeningError, match="--public-url"):
        check_listening(Listening(public_url=url))


@pytest.mark.parametrize(
    "url", ["https://weir.example", "https://weir.example:8443/", "http://127.0.0.1:1"]
)
def test_a_public_url_may_be(url):
    check_listening(Listening(public_url=url))
    assert public_url_of(Listening(public_url=url), 1) == url.rstrip("/")


def test_behind_a_proxy_the_public_url_is_named():
    with pytest.raises(ListeningError, match="--public-url"):
        check_listening(Listening(behind_proxy=True))


def test_the_address_listened_on_is_the_public_one_by_default(pem):
    assert public_url_of(Listening(host="::1"), 80) == "http://[::1]:80"
    assert public_url_of(Listening(tls_cert=pem), 443) == "https://127.0.0.1:443"


def test_a_taken_port_is_said():
    with contextlib.closing(bind(Listening(port=0))) as bound:
        port = bound.getsockname()[1]
        with pytest.raises(ListeningError, match=str(port)):
            bind(Listening(port=port))
        with pytest.raises(ListeningError, match=f"{port}.*--metrics-port"):
            bind_metrics(port)


def test_metrics_are_on_loopback_wherever_partners_come_from():
    with contextlib.closing(bind_metrics(0)) as bound:
        assert is_loopback(bound.getsockname()[0])
