"""The folder of a report: there whole, or not at all."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from gateway.client.errors import OutputFileError
from gateway.files import create_exclusively, sync_folder
from gateway.publishing.pages import ANSWERS, PAGE

if TYPE_CHECKING:
    from collections.abc import Mapping

FILE_MODE, FOLDER_MODE = 0o644, 0o755  # made to be published


def check_folder(folder: Path, *, replace: bool) -> None:
    """Refuse to begin where something would be lost.

    Raises:
        OutputFileError: the folder is there and may not be replaced, or is no report; or there is
            no place for it.
    """
    if not folder.parent.is_dir():
        raise OutputFileError(f"there is no folder {folder.parent}; make it first")
    if not folder.exists():
        return
    if not replace:
        raise OutputFileError(
            f"already there: {folder}; name another folder, or replace it (--replace)"
        )
    if not ((folder / PAGE).is_file() and (folder / f"{ANSWERS}.tlog-proof").is_file()):
        raise OutputFileError(f"{folder} is no report, so it isn't replaced; name another folder")


def write_folder(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write a report under its name in one step; an old one is gone only once the new one is there.

    Raises:
        OutputFileError: it can't be written; nothing of it is kept.
    """
    parent = folder.parent
    try:
        with tempfile.TemporaryDirectory(prefix=".weir-report-", dir=parent) as temporary:
            staged = Path(temporary) / "report"
            _write(staged, files)
            old = Path(temporary) / "old"
            if folder.exists():
                folder.rename(old)
            try:
                staged.rename(folder)
            except OSError:
                if old.exists():
                    old.rename(folder)
                raise
            sync_folder(parent)
    except OSError as error:
        raise OutputFileError(
            f"the report can't be written to {parent}: {error.strerror}; nothing was kept. The "
            "same again costs nothing: what was answered is answered again"
        ) from error


def _write(staged: Path, files: Mapping[str, bytes]) -> None:
    staged.mkdir()
    for name, data in files.items():
        (staged / name).parent.mkdir(exist_ok=True)
        create_exclusively(staged / name, data, FILE_MODE)
    for made in (staged, *(path for path in staged.iterdir() if path.is_dir())):
        made.chmod(FOLDER_MODE)
