"""What a data file is to its readers: a name, and bytes that can be read as often as needed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from typing import BinaryIO


class DataFile(Protocol):
    """A file on the disk (`pathlib.Path`), or one that lies sealed until it is read.

    Attributes:
        name: as its giver called it, for reports. suffix: its ending, with the dot.
    """

    @property
    def name(self) -> str:
        """The last part of its path."""

    @property
    def suffix(self) -> str:
        """The ending of the name, `.csv`; empty where it has none."""

    def open(self, mode: Literal["rb"], /) -> BinaryIO:
        """Open it for reading; what it gives can seek.

        Raises:
            OSError: it isn't there.
        """
