"""The columns of a file that one column of a dataset becomes."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class FileColumn:
    """One of them.

    Attributes:
        name: in the file.
        code: which code of a cell it is about; empty where it is about the whole cell.
    """

    name: str
    code: str = ""
