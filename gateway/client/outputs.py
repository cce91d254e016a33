"""The four files of a pull: staged under their names, published together."""

from __future__ import annotations

import contextlib
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from gateway.client.errors import OutputFileError
from gateway.files import sync_folder

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True)
class OutputFiles:
    """A released file and what belongs to it."""

    file: Path

    @property
    def codebook(self) -> Path:
        """What the columns mean."""
        return self._beside(".codebook.csv")

    @property
    def manifest(self) -> Path:
        """What left, for whom, why, and how it was protected."""
        return self._beside(".manifest.json")

    @property
    def receipt(self) -> Path:
        """That it was logged."""
        return self._beside(".tlog-proof")

    @property
    def all(self) -> tuple[Path, ...]:
        """All four, the receipt last: where it lies, the others are whole."""
        return (self.file, self.codebook, self.manifest, self.receipt)

    def _beside(self, suffix: str) -> Path:
        return self.file.with_name(self.file.name + suffix)


def check_free(files: OutputFiles, *, replace: bool) -> None:
    """Refuse to begin where a file would be lost.

    Args:
        files: the names to be taken.
        replace: whether losing old ones was allowed.

    Raises:
        OutputFileError: one of the four is there, or their folder isn't.
    """
    if not files.file.parent.is_dir():
        raise OutputFileError(f"there is no folder {files.file.parent}; make it first")
    taken = [path.name for path in files.all if path.exists()]
    if taken and not replace:
        raise OutputFileError(
            f"already there: {', '.join(taken)}; name another output, or replace them (--replace)"
        )


@contextlib.contextmanager
def staging(files: OutputFiles) -> Iterator[OutputFiles]:
    """Yield the same names in a hidden folder beside, which is gone afterwards.

    Raises:
        OutputFileError: the folder can't be written.
    """
    parent = files.file.parent
    try:
        with tempfile.TemporaryDirectory(prefix=".weir-pull-", dir=parent) as folder:
            yield OutputFiles(Path(folder) / files.file.name)
    except OSError as error:
        raise OutputFileError(
            f"the files can't be written to {parent}: {error.strerror}; nothing was kept"
        ) from error


def publish(staged: OutputFiles, files: OutputFiles) -> None:
    """Move verified files to their names.

    Guarantee: after a crash the receipt lies there only if all four are of one release: an old
    one goes first, the new one comes last.
    """
    files.receipt.unlink(missing_ok=True)
    sync_folder(files.file.parent)
    for source, target in zip(staged.all, files.all, strict=True):
        source.replace(target)
    sync_folder(files.file.parent)
