"""The control of the kills: an order that is wrong must be caught by the same promises."""

from __future__ import annotations

import pytest

from tests.crashes.homes import make_home, requests
from tests.crashes.kills import Kill
from tests.crashes.promises import broken_promises, see

BETWEEN = Kill("tests.crashes.lives:interrupt")


@pytest.mark.parametrize(
    ("order", "caught"),
    [
        ("ready first", "is ready, without a release"),
        ("bytes before the checkpoint", "can be read, and no signed checkpoint covers it"),
    ],
)
def test_a_wrong_order_is_caught(zygote, tmp_path, order, caught):
    home, request = make_home(tmp_path), next(requests())
    assert broken_promises(see(home)) == []
    task = {"home": str(home), "partner": "shelter-0", "request": request, "order": order}
    assert zygote.live("wrong order", BETWEEN, **task).ended == "killed"
    assert [text for text in broken_promises(see(home)) if text.endswith(caught)]
