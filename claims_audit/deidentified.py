"""Claim lines and findings of a published run for others, without what could tell whose they are.

The method is Safe Harbor (45 CFR 164.514(b)(2)): of the identifiers that it lists, the warehouse holds numbers and
dates. Numbers become random codes, new in each export and made of nothing in the data; dates become their year, and a
session its minutes. Words that a check or a person wrote are left out, since they can hold both. What is written is
named below column by column: a column that is new in the warehouse is not in an export.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import duckdb

from claims_audit.errors import StorageError, UsageError
from claims_audit.home import Home
from claims_audit.project import VERSION
from claims_audit.publishing import Snapshot, write_atomically
from claims_audit.settings import Settings
from claims_audit.warehouse.database import Connection, first_row, harden

# What is replaced by a code: its kind, and where it stands. A member id is one of a payer.
_MEMBER: Final = "concat(payer_id, chr(31), member_id)"
_ORIGINALS: Final = f"""
select 'claim_line' as kind, cast(claim_line_id as varchar) as original from claim_line
union select 'claim', claim_id from claim_line
union select 'payer', payer_id from claim_line
union select 'payer', payer_id from finding
union select 'member', {_MEMBER} from claim_line
union select 'member', {_MEMBER} from finding where member_id is not null
union select 'family', family_id from claim_line
union select 'provider', billing_provider_npi from claim_line
union select 'provider', rendering_provider_npi from claim_line
union select 'provider', supervising_provider_npi from claim_line
union select 'provider', rendering_provider_npi from finding
union select 'session', session_id from claim_line
union select 'finding', finding_id from finding where state <> 'not_seen'
"""

# uuid() is random; a hash of the original, with whatever key, would be made of it, which the rule forbids.
_CROSSWALK: Final = f"""
create temp table crosswalk as
select kind, original, replace(cast(uuid() as varchar), '-', '') as code
from ({_ORIGINALS})
where original is not null
"""

_MODIFIERS: Final = ", ".join(f"modifier_{place}" for place in range(1, 5))
_DIAGNOSES: Final = ", ".join(f"diagnosis_code_{place}" for place in range(1, 13))


def _code(kind: str, original: str) -> str:
    return f"(select code from crosswalk where kind = '{kind}' and original = {original})"


_TABLES: Final = {
    "claim_line": f"""
        select
            {_code("claim_line", "cast(claim_line_id as varchar)")} as claim_line_code,
            {_code("claim", "claim_id")} as claim_code,
            claim_line_id in (select claim_line_id from superseded_line) as is_superseded,
            {_code("payer", "payer_id")} as payer_code,
            {_code("member", _MEMBER)} as member_code,
            {_code("family", "family_id")} as family_code,
            {_code("provider", "billing_provider_npi")} as billing_provider_code,
            {_code("provider", "rendering_provider_npi")} as rendering_provider_code,
            {_code("provider", "supervising_provider_npi")} as supervising_provider_code,
            {_code("session", "session_id")} as session_code,
            year(date_of_service) as service_year,
            date_diff('minute', session_start_at, session_end_at) as session_minutes,
            claim_frequency_code, relationship_code, place_of_service_code,
            procedure_code, {_MODIFIERS},
            service_units, charge_amount, allowed_amount, paid_amount,
            {_DIAGNOSES}
        from claim_line
        order by claim_line_code
    """,
    "finding": f"""
        select
            {_code("finding", "finding_id")} as finding_code,
            check_id, rule, severity, direction, certainty, verdict, state,
            {_code("payer", "payer_id")} as payer_code,
            {_code("member", _MEMBER)} as member_code,
            {_code("provider", "rendering_provider_npi")} as rendering_provider_code,
            year(date_of_service) as service_year,
            exposure_amount, exposure_ceiling_amount
        from finding
        where state <> 'not_seen'
        order by finding_code
    """,
    "finding_line": f"""
        select
            {_code("finding", "finding_id")} as finding_code,
            {_code("claim_line", "cast(claim_line_id as varchar)")} as claim_line_code,
            finding_line.exposure_amount
        from finding_line
        semi join (select finding_id from finding where state <> 'not_seen') as told using (finding_id)
        order by finding_code, claim_line_code
    """,
}


@dataclass(frozen=True, slots=True)
class Deidentified:
    """What was written; `crosswalk` is None where none was kept."""

    rows: dict[str, int]
    crosswalk: Path | None


def export_deidentified(
    snapshot: Snapshot, folder: Path, home: Home, settings: Settings, *, keep_crosswalk: bool = True
) -> Deidentified:
    """Writes claim_line, finding and finding_line as Parquet and about.json into a new or empty folder.

    The crosswalk from codes to numbers stays in the home, for its owner only. Raises UsageError if something is in the
    folder, StorageError if it cannot be written; nothing half is left then.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(f"{folder}: is there and not empty; name a new folder for the export")
    name = f"{snapshot.run_id}-{secrets.token_hex(3)}"
    part = folder.with_name(f".{folder.name}.{secrets.token_hex(3)}.part")
    crosswalk = home.path / "crosswalks" / f"{name}.parquet" if keep_crosswalk else None
    previous = os.umask(0o077)
    try:
        part.mkdir(mode=0o700, parents=True)
        rows = _write(snapshot, part, crosswalk, settings)
        write_atomically(part / "about.json", json.dumps(_about(rows), indent=2) + "\n")
        if folder.exists():
            folder.rmdir()
        part.replace(folder)
    except (OSError, duckdb.Error) as error:
        if crosswalk is not None:
            crosswalk.unlink(missing_ok=True)
        told = error.strerror if isinstance(error, OSError) else type(error).__name__
        raise StorageError(f"{folder}: the export could not be written ({told}); free space and call again") from None
    finally:
        shutil.rmtree(part, ignore_errors=True)
        os.umask(previous)
    return Deidentified(rows, crosswalk)


def _write(snapshot: Snapshot, part: Path, crosswalk: Path | None, settings: Settings) -> dict[str, int]:
    rows = {}
    with duckdb.connect(str(snapshot.path), read_only=True) as con:
        harden(con)
        con.execute("set memory_limit = $limit", {"limit": settings.memory_limit})
        con.execute(f"set temp_directory = '{_quoted(part / 'spill')}'")
        con.execute(_CROSSWALK)
        for table, query in _TABLES.items():
            rows[table] = _copy(con, query, part / f"{table}.parquet")
        if crosswalk is not None:
            crosswalk.parent.mkdir(mode=0o700, exist_ok=True)
            _copy(con, "select * from crosswalk order by kind, code", crosswalk)
    shutil.rmtree(part / "spill", ignore_errors=True)
    return rows


def _copy(con: Connection, query: str, path: Path) -> int:
    con.execute(f"copy ({query}) to '{_quoted(path)}' (format parquet, compression zstd)")
    path.chmod(0o600)
    (count,) = first_row(con, f"select count(*) from '{_quoted(path)}'") or (0,)
    return int(count)


def _about(rows: dict[str, int]) -> dict[str, object]:
    return {
        "method": "Safe Harbor, 45 CFR 164.514(b)(2)",
        "codes": "random, new in this export, made of nothing in the data",
        "dates": "years only; sessions by their minutes",
        "left_out": "numbers of claims, members, families, sessions and providers, dates, times of day, "
        "names of files, messages, evidence, what reviewers wrote",
        "exported_in": datetime.now(UTC).year,
        "code_version": VERSION,
        "rows": rows,
    }


def _quoted(path: Path) -> str:
    return str(path.resolve()).replace("'", "''")
