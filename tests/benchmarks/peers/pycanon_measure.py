"""k, l and t of a file by pycanon, in an interpreter that has it.

    python pycanon_measure.py FILE.csv SENSITIVE QUASI_IDENTIFIER...

Prints JSON: seconds of reading and of measuring, k, l, t.
"""

import json
import sys
import time

import pandas as pd
from pycanon.anonymity import k_anonymity, l_diversity, t_closeness


def main():
    file, sensitive, columns = sys.argv[1], sys.argv[2], sys.argv[3:]
    begun = time.perf_counter()
    rows = pd.read_csv(file, dtype=str, keep_default_na=False)
    read = time.perf_counter()
    k = k_anonymity(rows, columns)
    least = l_diversity(rows, columns, [sensitive])
    t = t_closeness(rows, columns, [sensitive])
    ended = time.perf_counter()
    found = {"k": int(k), "l": int(least), "t": float(t)}
    print(json.dumps({"read": read - begun, "measure": ended - read, **found}))


if __name__ == "__main__":
    main()
