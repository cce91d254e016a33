import pyarrow as pa
import pytest

from gateway.errors import LakeError
from gateway.lake.lookups import Lookup, most_values, with_codes

STATES = Lookup(pa.array([None, "CA", "TX"]), [7, 0, 1])


def test_every_value_has_its_code_and_null_too():
    batch = pa.record_batch({"state": ["TX", None, "CA", "TX"], "age": [1, 2, 3, 4]})
    coded = with_codes(batch, {"state": STATES})
    assert coded.to_pydict() == {"state": [1, 7, 0, 1], "age": [1, 2, 3, 4]}
    assert coded.schema.field("state").type == pa.int32()


def test_a_value_that_was_not_told_of_is_an_error_and_no_lost_row():
    with pytest.raises(LakeError, match="ask again"):
        STATES.of(pa.array(["CA", "NY"]))
    with pytest.raises(LakeError):
        Lookup(pa.array(["CA"]), [0]).of(pa.array([None], pa.string()))


def test_the_largest_look_up_has_as_many_values_as_it_has():
    assert (most_values({"state": STATES}), most_values({})) == (3, 0)
