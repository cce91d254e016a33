"""A gateway that is stopped and started goes on where it was, on both stores."""

from __future__ import annotations

from gateway.context import open_context
from gateway.extracts import request_extract
from tests.journeys.served_homes import load, serve
from tests.small_homes import REQUEST


def test_a_restarted_gateway_gives_the_stored_bytes_and_makes_what_waits(home):
    with serve(home) as served:
        load(served, 1, 40)
        first = served.pull("harbor", "first.csv")
    with open_context(home.path) as context:  # asked while no gateway runs
        waiting = request_extract(context, "lantern", REQUEST)
        assert waiting.state == "queued"
    with serve(home) as served:
        again = served.pull("harbor", "again.csv")
        assert again.files.file.read_bytes() == first.files.file.read_bytes()
        assert again.manifest == first.manifest
        made = served.pull("lantern", "waited.csv")
        assert made.manifest["release"] == waiting.id.replace("ext_", "rel_")
        assert served.command("audit.check")["broken"] == []
