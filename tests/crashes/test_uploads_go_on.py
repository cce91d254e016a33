"""A gateway is killed in an upload: what came stays, and the same command goes on there."""

from __future__ import annotations

import signal

import pytest

from gateway.client import Weir
from gateway.client import resumed as resuming
from gateway.client import session as sessions
from gateway.client.errors import ClientError
from tests.crashes.gateways import free_port, gateway_process
from tests.journeys.contributing import add_contributors, written
from tests.journeys.served_homes import founded
from tests.small_homes import as_csv, people


@pytest.mark.usefixtures("thorough")
def test_an_upload_goes_on_after_kill_9(tmp_path, monkeypatch):
    monkeypatch.setattr(resuming, "CHUNK_BYTES", 1000)
    monkeypatch.setattr(sessions, "BACKOFF_SECONDS", ())
    real, offsets = resuming._send_chunk, []
    port = free_port()
    with founded(tmp_path, "sqlite") as home:
        add_contributors(home, "haven")
        file = written(home.folder, "cases.csv", as_csv(people(41, 60)))
        weir = Weir(f"http://127.0.0.1:{port}", "haven", home.key("haven"))
        with gateway_process(home.path, port) as gateway:

            def killing(session, address, offset, chunk):
                if len(offsets) == 2:
                    gateway.send_signal(signal.SIGKILL)
                    gateway.wait()
                offsets.append(offset)
                return real(session, address, offset, chunk)

            monkeypatch.setattr(resuming, "_send_chunk", killing)
            with pytest.raises(ClientError):
                weir.submit("cases", file, wait_seconds=30)
        with gateway_process(home.path, port):
            done = weir.submit("cases", file, wait_seconds=60)
        assert (done.state, done.counts["accepted"]) == ("accepted", 20)
        assert offsets[:4] == [0, 1000, 2000, 2000]
        assert list((home.path / "incoming").iterdir()) == []
