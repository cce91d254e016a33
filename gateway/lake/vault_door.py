"""The door of the vault: open while somebody brings something in, shut the rest of the time."""

from __future__ import annotations

import contextlib
import threading
from typing import TYPE_CHECKING

from gateway.lake.rewriting import rewrite
from gateway.lake.vault import Vault

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.homes import Home
    from gateway.keys import Keys


class VaultDoor:
    """Opens the vault for a load and shuts it when the last one is done.

    Guarantee: a gateway that only releases doesn't hold the vault open; its file may be on a
    disk that is there for loading alone.
    """

    def __init__(self, home: Home, keys: Keys) -> None:
        """Stand before a home's vault; nothing is opened yet."""
        self._home, self._keys = home, keys
        self._turn = threading.Lock()
        self._vault: Vault | None = None
        self._inside = 0

    @property
    def exists(self) -> bool:
        """Whether the vault is where it belongs."""
        return self._home.vault_file.is_file()

    @contextlib.contextmanager
    def opened(self) -> Iterator[Vault]:
        """Hold the vault open while the block lasts; several at once share it.

        Raises:
            LakeError: it isn't there, can't be opened, or another process has it open.
            StorageFullError: no room is left on the disk.
        """
        vault = self._enter()
        try:
            yield vault
        finally:
            self._leave()

    @contextlib.contextmanager
    def alone(self) -> Iterator[Vault | None]:
        """Hold the vault open with nobody else inside, and keep others out; None where one is.

        A load leaves out what a settled one brought before, so nothing may go while it runs: it
        would count on what isn't there any more.

        Raises:
            LakeError, StorageFullError: as `opened`.
        """
        with self._turn:
            if self._inside:
                yield None
                return
            vault = Vault.open(self._home, self._keys)
            try:
                yield vault
            finally:
                vault.close()

    def renew(self) -> bool:
        """Write the vault into a new file without what was deleted; False while it is in use.

        Guarantee: whatever stops it, there is the old file, whole, or the new one.

        Raises:
            LakeError, StorageFullError: as `opened`.
        """
        with self._turn:
            if self._inside:
                return False
            Vault.open(self._home, self._keys).close()  # what its log holds goes into the file
            rewrite(self._home.vault_file, self._keys.vault(), self._home.path, self._home.temp_dir)
            return True

    def _enter(self) -> Vault:
        with self._turn:
            if self._vault is None:
                self._vault = Vault.open(self._home, self._keys)
            self._inside += 1
            return self._vault

    def _leave(self) -> None:
        with self._turn:
            self._inside -= 1
            if self._vault is not None and not self._inside:
                self._vault.close()
                self._vault = None
