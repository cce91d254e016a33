"""For any declaration and any values: ladders refine, and their forms say where they stand."""

from datetime import date, timedelta

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anonymizers.ladders.base import LadderDoesNotRefineError, LadderError, check_refines
from anonymizers.ladders.catalogue import BUILT_IN, build_ladder
from anonymizers.ladders.ordered import MOST_FORMS
from anonymizers.ladders.taxonomies import parse_taxonomy

SPELLINGS = {
    "us-state": ["CA", "DC", "PR", "GU", "Tejas", "zz"],
    "country": ["US", "usa", "Germany", "AQ", "TW", "Sint Maarten", "Congo"],
    "us-postcode": ["02139", "05901", "05902", "96910", "00501", "78701-0001", "2139"],
    "us-county": ["48453", "48301", "Richmond, VA", "72001", "Kalawao, HI"],
    "city": ["Austin, TX", "Austin", "Vaduz", "Tijuana", "Fort Hunt, VA"],
    "point": ["30.27,-97.74", "30.2701,-97.74", "27.53,-99.49", "27.48,-99.51", "0,0", "31,-104"],
}
FLOORS = [1, 20_000, 700_000]


@st.composite
def date_climbs(draw):
    name = draw(st.sampled_from(["date", "date-week"]))
    bounds = sorted(draw(st.tuples(st.dates(), st.dates())))
    edges = [b + timedelta(days=d) for b in bounds for d in (-1, 0, 1) if date.min < b < date.max]
    values = draw(st.lists(st.dates() | st.sampled_from([None, *edges])))
    return build_ladder(name, bounds=bounds), pa.array(values, pa.date32())


@st.composite
def age_climbs(draw):
    bounds = sorted(draw(st.tuples(st.integers(0, 150), st.integers(0, 150))))
    values = draw(st.lists(st.none() | st.integers(-5, 160)))
    return build_ladder("age", bounds=bounds), pa.array(values, pa.int64())


@st.composite
def number_climbs(draw):
    scale = draw(st.integers(0, 4))
    bounds = sorted(draw(st.tuples(*[st.decimals(-(10**6), 10**6, places=scale)] * 2)))
    factors = draw(st.lists(st.integers(2, 12), min_size=1, max_size=4))
    widths = [10 * factors[0]]
    for factor in factors[1:]:
        widths.append(widths[-1] * factor)
    numbers = st.decimals(-(10**7), 10**7, places=scale + 1) | st.decimals(*bounds, places=scale)
    values = pa.array(draw(st.lists(st.none() | numbers)), pa.decimal128(38, scale + 1))
    return build_ladder("number", bounds=bounds, widths=widths, scale=scale), values


@st.composite
def place_climbs(draw):
    name = draw(st.sampled_from(sorted(SPELLINGS)))
    ladder = build_ladder(name, min_population=draw(st.sampled_from([None, *FLOORS])))
    spelled = st.sampled_from([*SPELLINGS[name], "other", "*", ""])
    values = draw(st.lists(st.none() | spelled | st.text("ACSU x", max_size=3)))
    return ladder, pa.array(values, pa.string())


@st.composite
def listed_climbs(draw):
    codes = draw(st.lists(st.sampled_from([*"abcdef", "other"]), min_size=1, unique=True))
    groups = [(code, draw(st.sampled_from(["x", "y", "other"]))) for code in codes]
    tops = {group: draw(st.sampled_from(["1", "2", "other"])) for group in ("x", "y", "other")}
    text = "\n".join(f"{code};{group};{tops[group]}" for code, group in groups)
    ladder = draw(
        st.sampled_from(
            [
                build_ladder("codes", codes=codes),
                build_ladder("own", taxonomy=parse_taxonomy(text)),
            ],
        ),
    )
    values = draw(st.lists(st.none() | st.sampled_from([*codes, "unknown", ""])))
    return ladder, pa.array(values, pa.string())


CLIMBS = st.one_of(
    date_climbs(),
    age_climbs(),
    number_climbs(),
    place_climbs(),
    listed_climbs(),
)


@given(CLIMBS)
def test_every_ladder_refines_for_any_values_and_bounds(drawn):
    ladder, values = drawn
    climb = ladder.climb(values)
    check_refines(ladder.name, climb.rungs, values)
    assert tuple(rung.level for rung in climb.rungs) == ladder.levels
    assert climb.rungs[-1].forms == ("*",)


@given(CLIMBS)
def test_every_released_form_names_its_level_without_data(drawn):
    ladder, values = drawn
    for rung in ladder.climb(values).rungs:
        for form in rung.forms:
            if form is not None:
                levels = ladder.levels_with(form)
                assert rung.level in levels
                assert ladder.level_of(form) == levels[0]


@given(CLIMBS)
def test_forms_differ_and_null_is_its_own_below_the_top(drawn):
    ladder, values = drawn
    for rung in ladder.climb(values).rungs[:-1]:
        assert len(set(rung.forms)) == len(rung.forms)
        nulls = [rung.forms[code] is None for code in rung.codes]
        assert nulls == values.is_null().to_pylist()


@given(CLIMBS)
def test_leaves_rise_with_the_levels_and_never_pass_the_domain(drawn):
    ladder, values = drawn
    climb = ladder.climb(values)
    below = None
    for rung in climb.rungs:
        covered = rung.leaves[rung.codes]
        assert (covered >= 1).all()
        assert (covered <= max(climb.domain, 1)).all()
        assert below is None or (covered >= below).all()
        below = covered


@given(date_climbs() | age_climbs() | number_climbs(), st.data())
def test_a_value_has_the_form_of_both_ends_of_its_interval(drawn, data):
    ladder, _ = drawn
    level = data.draw(st.sampled_from(ladder.levels))
    ends = ladder.interval("*", ladder.text(data.draw(in_bounds(ladder))))
    value = data.draw(st.sampled_from(ends))
    first, last = (ladder.parse(end) for end in ladder.interval(level, value))
    assert first <= ladder.parse(value) <= last
    for end in (first, last):
        assert ladder.interval(level, ladder.text(end)) == (ladder.text(first), ladder.text(last))
    for beyond in (first - 1, last + 1):
        if ladder.bounds.first <= beyond <= ladder.bounds.last:
            other = ladder.interval(level, ladder.text(beyond))
            assert other != (ladder.text(first), ladder.text(last))


def in_bounds(ladder):
    return st.integers(ladder.bounds.first, ladder.bounds.last)


def full_domain(ladder):
    integers = range(ladder.bounds.first, ladder.bounds.last + 1)
    return [ladder.text(integer) for integer in integers]


@given(st.sampled_from(["date", "date-week"]), st.dates(), st.integers(0, 800))
def test_leaves_of_all_days_add_up_to_the_domain(name, first, length):
    last = min(date.max.toordinal(), first.toordinal() + length)
    ladder = build_ladder(name, bounds=(first, date.fromordinal(last)))
    values = pa.array([date.fromisoformat(day) for day in full_domain(ladder)], pa.date32())
    climb = ladder.climb(values)
    assert {int(rung.leaves.sum()) for rung in climb.rungs} == {climb.domain} == {len(values)}


@given(st.integers(0, 150), st.integers(0, 150))
def test_leaves_of_all_ages_add_up_to_the_domain_and_bands_cut_at_18(one, two):
    ladder = build_ladder("age", bounds=sorted((one, two)))
    climb = ladder.climb(pa.array([int(age) for age in full_domain(ladder)]))
    ages = climb.values.to_pylist()
    for rung in climb.rungs:
        assert int(rung.leaves.sum()) == climb.domain == len(ages)
    for rung in climb.rungs[:-1]:
        minors = {int(c) for c, age in zip(rung.codes, ages, strict=True) if age < 18}
        adults = {int(c) for c, age in zip(rung.codes, ages, strict=True) if age >= 18}
        assert not minors & adults
        oldest = {int(c) for c, age in zip(rung.codes, ages, strict=True) if age >= 90}
        assert len(oldest) <= 1


@given(st.integers(-3000, 3000), st.integers(0, 2000), st.integers(2, 60), st.integers(2, 9))
def test_leaves_of_all_numbers_add_up_to_the_domain(first, length, width, factor):
    ladder = build_ladder("number", bounds=(first, first + length), widths=[width, width * factor])
    climb = ladder.climb(pa.array(range(first, first + length + 1), pa.int64()))
    assert {int(rung.leaves.sum()) for rung in climb.rungs} == {climb.domain} == {length + 1}


@given(st.lists(st.sampled_from("abcdefgh"), min_size=2, max_size=8), st.data())
def test_a_taxonomy_is_refused_exactly_when_two_of_a_group_part_above(groups, data):
    tops = data.draw(st.lists(st.sampled_from("12"), min_size=len(groups), max_size=len(groups)))
    text = "\n".join(f"{n};{g};{t}" for n, (g, t) in enumerate(zip(groups, tops, strict=True)))
    if len(set(zip(groups, tops, strict=True))) == len(set(groups)):
        assert len(parse_taxonomy(text).lines) == len(groups)
    else:
        with pytest.raises(LadderDoesNotRefineError):
            parse_taxonomy(text)


def test_the_properties_cover_every_built_in_ladder():
    assert set(BUILT_IN) == {"date", "date-week", "age", "number", "codes", *SPELLINGS}


@given(CLIMBS)
def test_every_form_of_a_declared_value_is_among_the_forms_of_its_level(drawn):
    ladder, values = drawn
    if ladder.name == "point":
        with pytest.raises(LadderError, match="can't be listed"):
            ladder.forms("h3-5")
        return
    for rung in ladder.climb(values).rungs[:-1]:
        if ladder.form_count(rung.level) > MOST_FORMS:
            with pytest.raises(LadderError, match="take a coarser level"):
                ladder.forms(rung.level)
            continue
        listed = ladder.forms(rung.level)
        assert len(set(listed)) == len(listed) == ladder.form_count(rung.level)
        assert {form for form in rung.forms if form not in (None, "other", "*")} <= set(listed)
        assert all(rung.level in ladder.levels_with(form) for form in listed[:5] + listed[-5:])
