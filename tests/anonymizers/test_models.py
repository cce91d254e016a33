import pytest

from anonymizers.models import Model


@pytest.mark.parametrize(
    "numbers",
    [
        {"k": 0},
        {"k": 2, "l": {"kind": 0}},
        {"k": 2, "max_suppressed_share": -0.1},
        {"k": 2, "max_suppressed_share": 1.1},
        {"k": 5, "k_minors": 4},
    ],
)
def test_numbers_that_protect_nobody_are_refused(numbers):
    with pytest.raises(ValueError, match="must"):
        Model(**numbers)


def test_the_search_by_k_never_sees_l():
    model = Model(5, {"kind": 2}, 0.02, "k", 20)
    assert model.searched() == Model(5, {}, 0.02, "k", 20)
    everything = Model(5, {"kind": 2}, 0.02, "all", 20)
    assert everything.searched() is everything
