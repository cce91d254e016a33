"""kill -9 at every stop of a withdrawal and of erasing: the next start finishes what was begun."""

from __future__ import annotations

import csv
from itertools import chain

from gateway.context import open_context
from gateway.lake.erasing import roots_held
from tests.crashes.homes import DATASET, make_home, person_roots
from tests.crashes.kills import Kill
from tests.crashes.promises import broken_promises, see

STOPS = (
    Kill("gateway.withdrawals:_receive", "before"),
    Kill("gateway.withdrawals:_receive", "after"),
    Kill("gateway.lake.withdrawing:_say_none", "after"),
    Kill("gateway.withdrawals:take_back", "after"),
    Kill("gateway.withdrawals:settle_withdrawal", "after"),
    Kill("gateway.withdrawal_effects:_note_releases", "after"),
    Kill("gateway.withdrawal_effects:empty_vault", "after"),
    Kill("gateway.erasing:_begin", "after"),
    Kill("gateway.lake.token_vault:rewrite", "before"),
    Kill("gateway.lake.vault_door:rewrite", "after"),
    Kill("gateway.lake.rewriting:_copy", "after", call=2),
    Kill("gateway.lake.erasing:_expire", "before"),
    Kill("gateway.erasing:erase_rows", "after"),
    Kill("gateway.lake.connection:rewrite", "before"),
    Kill("gateway.lake.connection:rewrite", "after"),
    Kill("gateway.erasing:_finish", "before"),
    Kill("gateway.erasing:scrub", "before"),
    Kill("gateway.erasing:scrub", "after"),
)
NEVER = Kill("gateway.backups:back_up")


def people_of(folder, home):
    """Return the people whose cases were loaded, each once; some rows were refused."""
    with (folder / "cases.csv").open(newline="", encoding="utf-8") as file:
        names = list(dict.fromkeys(row["person_id"] for row in csv.DictReader(file)))
    with open_context(home) as context:
        made = person_roots(context, names)
        held = roots_held(context.lake, {DATASET: ["weir_person"]}, {*made} - {None})
    spelled = dict(zip(made, names, strict=True))  # one spelling of each
    return [name for root, name in spelled.items() if root in held]


def test_no_kill_leaves_half_a_withdrawal(zygote, tmp_path, effort):
    kills = list(STOPS if effort > 1 else STOPS[3::7])
    home = make_home(tmp_path, cases=200)
    people, before, killed = people_of(tmp_path, home), [], 0
    for kill, value in zip([*kills, NEVER, NEVER], people, strict=False):
        life = zygote.live("withdrawal", kill, home=str(home), value=value, before=before)
        assert life.ended == ("lived" if kill is NEVER else "killed"), f"{kill}; {life.said}"
        assert not any(chain(*life.heard("broken"))), f"{kill}; it said {life.said}"
        assert broken_promises(see(home)) == [], str(kill)
        killed += life.ended == "killed"
        before.append(value)
    assert killed == len(kills)
