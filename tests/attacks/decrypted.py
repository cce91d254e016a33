"""A home's stores as somebody reads them who has its keys: one text of everything in them."""

import duckdb

from gateway.lake import engine
from gateway.lake.vault import Vault


def decrypted_lake(home, keys):
    """Return everything that the lake's key opens; every data file has a key."""
    connection = duckdb.connect()
    engine.load_extension(connection, "httpfs")
    connection.execute(
        f"ATTACH '{home.catalog_file}' AS catalog (ENCRYPTION_KEY '{keys.catalog()}', READ_ONLY)"
    )
    tables = connection.execute(
        "SELECT table_name FROM duckdb_tables() WHERE database_name = 'catalog'"
    ).fetchall()
    found = [_rows(connection, f"catalog.main.{name}") for (name,) in tables]
    file_keys = connection.execute(
        "SELECT path, encryption_key FROM catalog.ducklake_data_file "
        "UNION ALL SELECT path, encryption_key FROM catalog.ducklake_delete_file"
    ).fetchall()
    on_disk = {path.name: path for path in home.data_dir.rglob("*.parquet")}
    for path, key in file_keys:
        file = on_disk.pop(path.rpartition("/")[2])
        config = f"encryption_config = {{footer_key_value: from_base64('{key}')}}"
        found.append(_rows(connection, f"read_parquet('{file}', {config})"))
    assert on_disk == {}, "a data file that no key opens"
    connection.close()
    return repr(found)


def decrypted_vault(home, keys):
    """Return everything that lies in the vault."""
    vault = Vault.open(home, keys)
    tables = ("identifiers", "texts")
    found = [vault._connection.execute(f"FROM vault.{name}").fetchall() for name in tables]
    vault.close()
    return repr(found)


def _rows(connection, table):
    return connection.execute(f"FROM {table}").to_arrow_table().to_pylist()
