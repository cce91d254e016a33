import io

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.outputs.formats import FORMATS

CHARACTERS = st.one_of(
    st.characters(exclude_categories=["Cs"]),
    st.sampled_from("'\"=+-@\t\r\n,;\uff1d_x0<r>&"),
)
TEXTS = st.one_of(st.text(CHARACTERS, max_size=20), st.sampled_from(["", "'", "'=", "<r></r>"]))


@st.composite
def tables(draw):
    names = draw(st.lists(TEXTS, min_size=1, max_size=3, unique=True))
    rows = draw(st.integers(0, 5))
    cells = st.lists(st.none() | TEXTS, min_size=rows, max_size=rows)
    return pa.table([pa.array(draw(cells), type=pa.string()) for _ in names], names=names)


@pytest.mark.parametrize("form", FORMATS.values(), ids=list(FORMATS))
@settings(max_examples=60, deadline=None)
@given(table=tables())
def test_any_text_reads_back_as_it_was(form, table):
    out = io.BytesIO()
    form.write([table], out, title="x")
    back = pa.concat_tables(form.read_back(io.BytesIO(out.getvalue())))
    if form.name == "jsonl" and not table.num_rows:
        assert back.num_rows == 0
    else:
        assert back.to_pydict() == table.to_pydict()
