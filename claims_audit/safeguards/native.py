"""Whether the installed DuckDB can write encrypted files without a download, found out by trying it."""

from __future__ import annotations

import secrets
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from claims_audit.errors import ConfigurationError
from claims_audit.secret import require_secret
from claims_audit.settings import EncryptionSettings
from claims_audit.warehouse.database import harden

KEY = "DATABASE_KEY"


@cache
def can_encrypt() -> bool:
    """Writes an encrypted database, looks for the plain text in it, and reads it back."""
    marker = f"marker{secrets.token_hex(8)}"
    with TemporaryDirectory(prefix="claims-audit-") as folder, duckdb.connect() as con:
        harden(con)
        path = Path(folder) / "trial.duckdb"
        try:
            con.execute(f"attach '{path}' as trial (encryption_key '{secrets.token_hex(32)}')")
            con.execute("create table trial.probe as select $marker as marker", {"marker": marker})
            con.execute("detach trial")
        except duckdb.Error:
            return False
        return marker.encode() not in path.read_bytes()


def require_native(settings: EncryptionSettings) -> None:
    """Raises ConfigurationError if native encryption is asked for, since what is asked for must not be left out.

    A version that can write encrypted files offline is told from one that cannot: the remedies differ.
    """
    if not settings.native:
        return
    if not can_encrypt():
        raise ConfigurationError(
            f"encryption.native is on, and DuckDB {duckdb.__version__} cannot write encrypted files without a module "
            "that it would have to download. Put the home on an encrypted volume (docs/operations.md, encryption) and "
            "set native = false"
        )
    require_secret(KEY, "encryption.native")
    raise ConfigurationError(
        f"encryption.native is on; DuckDB {duckdb.__version__} could encrypt its files, but this version of "
        "claims-audit does not keep its home that way. Put the home on an encrypted volume (docs/operations.md, "
        "encryption) and set native = false"
    )
