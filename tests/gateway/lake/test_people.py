"""People are the components of links that count; whom officers told apart stays apart."""

from hypothesis import given
from hypothesis import strategies as st

from gateway.lake.people import Pair, Pairs, resolve, without_own, would_meet

A, B, C, D = (letter.encode() * 16 for letter in "abcd")


def pair(one, other, *, by_others=True):
    left, right = sorted((one, other))
    return Pair(f"{left[:1]}{right[:1]}", left, right, by_others)


def test_the_smallest_identity_names_the_person():
    people = resolve(Pairs((pair(C, B), pair(B, A))))
    assert people.persons == {A: A, B: A, C: A}
    assert people.person_of(D) == D


def test_two_whom_an_officer_told_apart_stay_apart_by_whatever_way():
    linked = (pair(A, B), pair(B, C), pair(C, D))
    people = resolve(Pairs(linked, (pair(A, D),)))
    assert people.person_of(A) == people.person_of(C) == A
    assert people.person_of(D) == D
    assert people.joining == linked[:2]


def test_a_link_that_would_bring_them_together_is_named():
    pairs = Pairs((pair(A, B), pair(C, D)), (pair(A, D),))
    assert would_meet(pairs, pair(B, C)) == pair(A, D)
    assert would_meet(Pairs(pairs.linked), pair(B, C)) is None


def test_without_one_givers_links_a_person_falls_into_parts():
    people = resolve(Pairs((pair(A, B), pair(B, C, by_others=False))))
    assert without_own(people).persons == {A: A, B: A}


roots = st.sampled_from([bytes([n]) * 16 for n in range(8)])
pairs = st.tuples(roots, roots, st.booleans()).filter(lambda one: one[0] != one[1])
some = st.lists(pairs.map(lambda one: pair(one[0], one[1], by_others=one[2])), max_size=14)


@given(some, some)
def test_people_are_the_components_whatever_the_order(linked, apart):
    people = resolve(Pairs(tuple(linked), tuple(apart)))
    reached = {root: {root} for one in linked for root in (one.left, one.right)}
    for one in people.joining:
        whole = reached[one.left] | reached[one.right]
        for root in whole:
            reached[root] = whole
    for root, whole in reached.items():
        assert people.person_of(root) == min(whole)
    assert all(people.person_of(one.left) != people.person_of(one.right) for one in apart)
    theirs = without_own(people)
    for root, whole in reached.items():
        assert theirs.person_of(root) in whole
    if not apart:
        assert people.joining == tuple(linked)
        assert resolve(Pairs(tuple(linked[::-1]))).persons == people.persons
