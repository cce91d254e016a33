"""Taking back through the client: what is sent, and what comes back."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.client import Weir, WeirRequestError
from gateway.client.withdrawals import withdrawal_body
from gateway.clock import Clock
from tests.http_fixtures import URL, Gateway, new_key
from tests.small_homes import copy_home, open_world, people, template_of


@pytest.fixture
def giver(tmp_path_factory, tmp_path):
    """The client of a contributor, of a gateway in this process."""
    path = copy_home(template_of(tmp_path_factory), tmp_path)
    with open_world(path, Clock()) as world:
        gateway, key = Gateway(replace(world.context, public_url=URL)), new_key()
        agreement = {
            "agreement": "giver-gives",
            "dataset": "cases",
            "submits": True,
            "starts": "2020-01-01",
            "ends": "2099-12-31",
        }
        gateway.add_partner("giver", keys=[key], agreements=[agreement])
        world.load(people(51, 54), contributor="giver")
        file = tmp_path / "giver.pem"
        file.write_bytes(key.as_pem(private=True))
        file.chmod(0o600)
        yield Weir(URL, "giver", file, transport=gateway.http._transport)


def test_a_contributor_takes_back_what_it_names(giver):
    taken = giver.withdraw("cases", person=("person", "person-51"))
    assert (taken["state"], taken["records"]) == ("withdrawn", 1)
    assert giver.withdraw("cases", record={"case_id": "case-52"})["records"] == 1
    assert giver.withdraw("cases", everything=True)["records"] == 2
    with pytest.raises(WeirRequestError) as refused:
        giver.withdraw("cases", submission="sub_nobodys")
    assert refused.value.http_status == 404


def test_what_was_not_named_is_not_sent():
    assert withdrawal_body("cases", everything=True) == {"dataset": "cases", "contributor": True}
    assert withdrawal_body("cases", submission="sub_1") == {
        "dataset": "cases",
        "submission": "sub_1",
    }
