"""Progress is true, never goes back, and stands on one grid whatever the data."""

from hypothesis import given
from hypothesis import strategies as st

from gateway.progress import STEPS, Stage, within

BATCHES = st.lists(st.integers(0, 1000), max_size=50)


@given(BATCHES, st.integers(0, 10_000))
def test_shares_grow_on_one_grid_and_end_where_the_stage_ends(batches, rows):
    said = []
    stage = Stage(said.append, 0.2, 0.8, rows)
    for batch in batches:
        stage.done(batch)
    grid = [step / STEPS for step in range(STEPS + 1)]
    assert said == sorted(set(said))
    assert set(said) <= {share for share in grid if 0.2 < share <= 0.8}
    if rows and sum(batches) >= rows:
        assert said[-1] == 0.8


def test_a_share_says_how_many_rows_are_done():
    said = []
    stage = Stage(said.append, 0, 1, 1000)
    for _ in range(500):
        stage.done(1)
    assert said[-1] == 0.5
    assert len(said) == STEPS // 2


def test_a_part_of_the_work_lies_between_its_shares():
    said = []
    report = within(said.append, 0.6, 0.9)
    for share in (0, 0.5, 1):
        report(share)
    assert [round(share, 6) for share in said] == [0.6, 0.75, 0.9]
