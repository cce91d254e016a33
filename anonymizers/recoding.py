"""TEMPORARY by integrator: overwrite freely."""
from dataclasses import dataclass
import numpy as np, pyarrow as pa
from anonymizers.standing import WHOLE, ADULTS_ONLY
@dataclass(frozen=True)
class Recoded:
    columns: dict
    classes: pa.Array
    kept: np.ndarray
def recode(codes, minors, hierarchies, classes):
    rows=len(minors)
    number=classes.number(codes, rows)
    st=classes.standing[number]
    kept=(st==WHOLE)|((st==ADULTS_ONLY)&~minors)
    cols={}
    for name,h in hierarchies.items():
        i=h.levels.index(classes.levels[name])
        c=h.codes_at(i,codes[name])
        cols[name]=pa.DictionaryArray.from_arrays(pa.array(c,pa.int32()), pa.array([*h.forms[i]],pa.string())).cast(pa.string())
    return Recoded(cols, pa.array(number.astype(np.int32)), kept)
