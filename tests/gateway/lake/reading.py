"""Reading a file whole in a test: rows by number, what was left out, what was said."""

from gateway.lake.readers import FOUND, open_source
from gateway.lake.sources import SourceError


def read(path, columns, layout=FOUND):
    """Return the rows by number, the kinds of those left out, and the warnings."""
    rows, unreadable, warned = {}, {}, []
    for batch in open_source(path, columns, layout).batches():
        unreadable.update(batch.unreadable)
        warned.extend(batch.warned)
        for number, cells in zip(batch.rows.tolist(), batch.cells.to_pylist(), strict=True):
            rows[number] = tuple(cells.values())
    return rows, unreadable, warned


def refusal(path, columns=("id",), layout=FOUND):
    """Return the rule by which a file is refused, and what it is about."""
    try:
        read(path, columns, layout)
    except SourceError as error:
        return error.reason.rule, dict(error.reason.params)
    return "", {}
