"""l where cells hold several codes, against brute force: no l - 1 codes cover a class."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anonymizers.models import Model
from anonymizers.promises import RecountError
from anonymizers.search import NothingSafeError
from tests.brute_force import check_monotone, check_search, checked_recount, is_covered
from tests.drawn_people import models, peoples

NO_RULE = Model(1)
CELLS = ["s", "t", "u", "s;t", "s;u", "t;u", "s;t;u", "v;s", "", "Other", "Other;t", None]


@st.composite
def crowds(draw):
    """Small tables with several codes in their secret's cells."""
    people = draw(peoples())
    cells = st.lists(st.sampled_from(CELLS), min_size=people.rows, max_size=people.rows)
    secrets = {"secret": draw(cells)}
    return replace(people, sensitive=secrets, counted=(), separators={"secret": ";"})


@st.composite
def rules(draw):
    """Models whose only rule for the secret is distinct l."""
    model = draw(models())
    return replace(
        model.implied(), l=draw(st.sampled_from([{}, *({"secret": n} for n in (1, 2, 2, 3))]))
    )


@settings(deadline=None)
@given(crowds(), rules())
def test_no_combination_of_levels_has_less_loss(people, model):
    check_search(people, model)


@settings(deadline=None)
@given(crowds(), rules())
def test_who_is_left_out_on_some_levels_is_left_out_on_all_finer_ones(people, model):
    check_monotone(people, model)


@settings(deadline=None)
@given(crowds(), rules())
def test_who_is_kept_is_who_may_stay_and_the_recount_agrees(people, model):
    counted = checked_recount(people, model)
    if counted is not None:
        assert counted.distinct_l.keys() == model.l.keys()
        assert all((n or 9) >= model.l[name] for name, n in counted.distinct_l.items())


@settings(deadline=None)
@given(crowds(), rules())
def test_local_recoding_keeps_only_classes_that_few_codes_do_not_cover(people, model):
    if model.k_map is not None or not people.values:
        return
    try:
        release = people.release_locally(model)
    except NothingSafeError:
        return
    assert release.recount().rows == len(release.of_person)


@settings(deadline=None)
@given(crowds(), st.integers(2, 3))
def test_the_recount_refuses_exactly_the_classes_that_few_codes_cover(people, least):
    """The file as it is, everybody on the coarsest levels."""
    people = replace(people, population=None)
    try:
        release = people.release(replace(NO_RULE, max_suppressed_share=1.0))
    except NothingSafeError:
        return
    if not people.values:
        return
    asked = replace(
        release, rules=replace(release.rules, model=replace(NO_RULE, l={"secret": least}))
    )
    classes = {}
    names = list(people.values)
    for person, row in zip(release.of_person, release.table.select(names).to_pylist(), strict=True):
        classes.setdefault(tuple(row.values()), []).append(int(person))
    if any(is_covered(people, some, least - 1) for some in classes.values()):
        with pytest.raises(RecountError):
            asked.recount()
    else:
        asked.recount()
