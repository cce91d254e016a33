"""Founding a home: folders, keys, store, lake, and the first signed checkpoint."""

from __future__ import annotations

import re
import secrets
import shutil
from typing import TYPE_CHECKING, Any

from gateway.context import open_context
from gateway.homes import Home
from gateway.keys import Keys
from gateway.lake.token_vault import TokenVault
from gateway.lake.vault import Vault
from gateway.master_key import locate_master_key
from gateway.storage import noticing_a_full_disk
from gateway.store.engine import writing

if TYPE_CHECKING:
    from pathlib import Path


def found_home(path: Path, *, name: str, origin: str, timezone: str) -> dict[str, Any]:
    """Make a home with everything in it; a failure on the way leaves nothing behind.

    Args:
        path: where; absent or an empty folder.
        name: who runs the gateway, as citations name it.
        origin: the audit log's name; made from `name` where it is empty.
        timezone: IANA key; plain dates begin and end in it.

    Raises:
        HomeError: the place is taken, or a setting isn't valid.
    """
    home = Home.create(path, name=name, origin=origin or _origin(name), timezone=timezone)
    try:
        with noticing_a_full_disk():
            keys = Keys.create(home)
            Vault.create(home, keys).close()
            TokenVault.create(home, keys)
        with open_context(path) as context:
            with writing(context.store) as session:
                context.log.append(session, "key", "log-signing", state="created")
            context.log.sign()
            return {
                "home": str(home.path),
                "origin": home.document.origin,
                "vkey": context.log.vkey,
                "key_file": str(locate_master_key(home)),
            }
    except BaseException:
        shutil.rmtree(home.path, ignore_errors=True)
        home.key_file.unlink(missing_ok=True)
        home.checkpoint_file.unlink(missing_ok=True)
        raise


def _origin(name: str) -> str:
    """Name the log after its operator, with enough randomness that no two logs share a name."""
    slug = re.sub(r"[^a-z0-9]+", "-", name.casefold()).strip("-") or "weir"
    return f"{slug}-{secrets.token_hex(4)}/log"
