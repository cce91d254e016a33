"""TEMPORARY by integrator: overwrite freely."""
from dataclasses import dataclass
class RecountError(Exception): pass
@dataclass(frozen=True)
class Recount:
    rows:int
    smallest_class:int
def known_values(values):
    import pyarrow.compute as pc, pyarrow as pa
    low=pc.utf8_lower(values)
    return pc.fill_null(pc.invert(pc.is_in(low,value_set=pa.array(["","unknown","other"]))),False)
def recount(table, rules):
    g=table.group_by(rules).aggregate([([], "count_all")]) if rules else None
    m=min(g["count_all"].to_pylist()) if g else table.num_rows
    return Recount(table.num_rows, m)
Rules=list
