"""The home: one folder that holds everything a gateway keeps, and its settings."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from gateway.errors import HomeError
from gateway.files import create_exclusively

if TYPE_CHECKING:
    from pathlib import Path

    from policies.documents import HomeDocument


@dataclass(frozen=True)
class Home:
    """A home and where each thing lies in it.

    Attributes:
        path: the folder, absolute.
        document: the settings of its `home.yaml`.
    """

    path: Path
    document: HomeDocument

    @classmethod
    def create(cls, path: Path, *, name: str, origin: str, timezone: str) -> Self:
        """Make a home where there is none; the keys come next (`Keys.create`).

        Raises:
            HomeError: the folder holds something, a key of an earlier home lies beside it, or
                a setting isn't valid. Nothing was changed.
        """
        home = cls(path.resolve(), _parse(_settings(name, origin, timezone)))
        home._check_vacant()
        try:
            home._build(_settings(name, origin, timezone))
        except OSError:
            shutil.rmtree(home.path, ignore_errors=True)
            raise
        return home

    def _build(self, settings: str) -> None:
        for folder in (self.path, self.lake_dir, self.data_dir, self.releases_dir, self.temp_dir):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.path.chmod(0o700)
        create_exclusively(self.home_file, settings.encode())

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open a home that `weir init` made.

        Raises:
            HomeError: there is none, or its `home.yaml` isn't valid.
        """
        file = path.resolve() / "home.yaml"
        try:
            text = file.read_text(encoding="utf-8")
        except FileNotFoundError:
            raise HomeError(
                f"no home at {path}: name one with --home or WEIR_HOME, or make it with `weir init`"
            ) from None
        except (OSError, UnicodeDecodeError) as error:
            raise HomeError(f"{file} can't be read ({error}); restore it from a backup") from None
        return cls(path.resolve(), _parse(text))

    def _check_vacant(self) -> None:
        if self.path.exists() and (not self.path.is_dir() or any(self.path.iterdir())):
            raise HomeError(f"{self.path} is taken: a new home needs an empty or absent folder")
        if self.key_file.exists():
            raise HomeError(
                f"{self.key_file} holds the key of an earlier home: move it to a safe place first"
            )

    @property
    def key_file(self) -> Path:
        """The master key, beside the home and never in it."""
        return self.path.with_name(f"{self.path.name}.key")

    @property
    def keys_file(self) -> Path:
        """The data keys, wrapped."""
        return self.path / "keys.json"

    @property
    def home_file(self) -> Path:
        """The settings."""
        return self.path / "home.yaml"

    @property
    def store_file(self) -> Path:
        """The store, where it is SQLite."""
        return self.path / "store.sqlite"

    @property
    def jobs_file(self) -> Path:
        """The durable jobs, where they are in SQLite."""
        return self.path / "jobs.sqlite"

    @property
    def lake_dir(self) -> Path:
        """The lake."""
        return self.path / "lake"

    @property
    def catalog_file(self) -> Path:
        """The lake's catalog, an encrypted DuckDB file."""
        return self.lake_dir / "catalog.duckdb"

    @property
    def data_dir(self) -> Path:
        """The lake's encrypted Parquet files."""
        return self.lake_dir / "data"

    @property
    def vault_file(self) -> Path:
        """The identifier vault, encrypted under its own key."""
        return self.path / "vault.duckdb"

    @property
    def token_vault_file(self) -> Path:
        """Random tokens and whose they are, encrypted under a key of their own."""
        return self.path / "tokens.duckdb"

    @property
    def releases_dir(self) -> Path:
        """Released bytes, each file sealed under a key of its own."""
        return self.path / "releases"

    @property
    def incoming_dir(self) -> Path:
        """What contributors send, sealed, until it is settled; made when the first one does."""
        return self.path / "incoming"

    @property
    def temp_dir(self) -> Path:
        """Spill files, encrypted; emptied at start."""
        return self.path / "temp"

    @property
    def checkpoint_file(self) -> Path:
        """The last signed checkpoint, beside the home: a restored backup can't turn it back."""
        return self.path.with_name(f"{self.path.name}.checkpoint")

    @property
    def socket_file(self) -> Path:
        """Where a running gateway takes commands."""
        return self.path / "weir.sock"

    @property
    def lock_file(self) -> Path:
        """Held by the process that owns the home."""
        return self.path / "lock"


def _settings(name: str, origin: str, timezone: str) -> str:
    import yaml

    settings = {
        "name": name,
        "origin": origin,
        "timezone": timezone,
        "languages": ["en", "es"],
        "policy_review": 0,
        "download_days": 30,
        "noise": "batch",
    }
    return yaml.safe_dump(settings, sort_keys=False, allow_unicode=True)


def _parse(text: str) -> HomeDocument:
    from policies.documents import DocumentError, parse_home

    try:
        return parse_home(text)
    except DocumentError as error:
        from gateway.messages import render

        said = " ".join(render(problem, "en") for problem in error.problems)
        raise HomeError(f"home.yaml isn't valid: {said}") from error
