"""Fills the reference tables from data/reference, and payers and policies from the user's own files on top."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import pandas as pd

from claims_audit.errors import ConfigurationError
from claims_audit.home import Home
from claims_audit.project import REFERENCE
from claims_audit.rejecting import RejectsRows
from claims_audit.settings import Settings
from claims_audit.warehouse.database import Connection, first_row, transaction

_TABLES: Final = (
    *("payer", "payer_policy", "procedure_code", "modifier", "place_of_service"),
    *("licence_share", "unspecific_diagnosis", "denial_rule", "group_focus"),
)
# Of these, loaded editions stand beside the shipped one and stay.
_EDITION_TABLES: Final = ("reference_edition", "ncci_pair", "ncci_mue", "ncci_add_on", "fee")
# Ids of loaded editions begin otherwise; rows without one are of an older version of the tables.
_DELETE_SHIPPED: Final = "delete from {table} where edition_id is null or edition_id like 'shipped-%'"
# Two policy rows, `one` and `two`, that would both apply with the same right.
ARE_TIED: Final = """
    one.policy_id < two.policy_id
    and one.rule_key = two.rule_key
    and one.payer_id is not distinct from two.payer_id
    and one.product is not distinct from two.product
    and one.state is not distinct from two.state
    and one.program is not distinct from two.program
    and one.setting is not distinct from two.setting
    and one.procedure_code is not distinct from two.procedure_code
    and coalesce(one.eff_from, date '0001-01-01') <= coalesce(two.eff_to, date '9999-12-31')
    and coalesce(two.eff_from, date '0001-01-01') <= coalesce(one.eff_to, date '9999-12-31')
"""
# What a file of a user's own holds, by a column that only it has.
USER_TABLES: Final = {"policy_id": "payer_policy", "payer_name": "payer"}


def load_reference(con: Connection, home: Home, settings: Settings, schemas: Mapping[str, RejectsRows]) -> str:
    """Replaces the reference tables in one transaction and returns the SHA-256 over payers and policies.

    A user's row replaces the shipped row of the same key. Raises ConfigurationError naming file, line and fault; then
    nothing has changed.
    """
    rows = {table: _read(REFERENCE / f"{table}.csv") for table in (*_TABLES, *_EDITION_TABLES)}
    for path in sorted(home.policy.glob("*.csv")):
        own = _read(path)
        table = next((name for column, name in USER_TABLES.items() if column in own.columns), None)
        if table is None:
            raise ConfigurationError(f"{path}: has neither a policy_id nor a payer_name column; see docs/policy.md")
        if surplus := [column for column in own.columns if column not in rows[table].columns]:
            raise ConfigurationError(f"{path}: unknown columns {', '.join(surplus)}")
        own = own.reindex(columns=rows[table].columns).astype("str")
        _require_sound(path, own, schemas[table])
        key = rows[table].columns[0]
        rows[table] = pd.concat([rows[table][~rows[table][key].isin(own[key])], own], ignore_index=True)
    for table in ("payer", "payer_policy"):
        _require_sound(REFERENCE / f"{table}.csv", rows[table], schemas[table])
    with transaction(con):
        for table, frame in rows.items():
            con.execute(_DELETE_SHIPPED.format(table=table) if table in _EDITION_TABLES else f"delete from {table}")
            con.register("reference_frame", frame)
            con.execute(f"insert into {table} by name select * from reference_frame")
            con.unregister("reference_frame")
        _merge_places(con)
        con.execute("delete from audit_setting")
        con.execute(
            "insert into audit_setting by name select $view as data_view, $feasible as feasible_minutes, "
            "$shortest as min_group_minutes, $day as audit_date",
            {
                "view": settings.data_view,
                "feasible": settings.feasible_minutes,
                "shortest": settings.min_group_minutes,
                "day": settings.audit_day,
            },
        )
        require_no_tie(con)
    digest = hashlib.sha256()
    for table in ("payer", "payer_policy"):
        digest.update(rows[table].sort_values(rows[table].columns[0]).to_csv(index=False).encode())
    return digest.hexdigest()


def _merge_places(con: Connection) -> None:
    """Lets a loaded list of places say what is a facility, and add the codes that are not shipped.

    Those get the setting that a line with an unknown place has.
    """
    con.execute(
        "update place_of_service set is_facility = loaded_place.is_facility from loaded_place "
        "where place_of_service.place_of_service_code = loaded_place.place_of_service_code "
        "and loaded_place.is_facility is not null"
    )
    con.execute(
        """
        insert into place_of_service by name
        select
            loaded_place.place_of_service_code,
            coalesce(loaded_place.label, loaded_place.place_of_service_code) as label,
            'office' as setting,
            false as is_telehealth,
            loaded_place.is_facility
        from loaded_place
        anti join place_of_service on loaded_place.place_of_service_code = place_of_service.place_of_service_code
        """
    )


def require_no_tie(con: Connection) -> None:
    """Raises ConfigurationError naming two policy rows that would both apply with the same right."""
    tie = first_row(
        con,
        f"""
        select one.policy_id, two.policy_id
        from payer_policy as one
        inner join payer_policy as two on {ARE_TIED}
        order by 1, 2
        limit 1
        """,
    )
    if tie:
        raise ConfigurationError(
            f"the policy rows {tie[0]} and {tie[1]} speak of the same payer, code, setting, parameter and days; "
            "end one of them (eff_to) before the other begins"
        )


def _read(path: Path) -> pd.DataFrame:
    """A reference CSV as text columns, empty cells as null."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.reader(stream, strict=True)
            header = [name.strip().lower() for name in next(reader, [])]
            rows = []
            for row in reader:
                if len(row) != len(header):
                    raise ConfigurationError(
                        f"{path}, line {reader.line_num}: {len(row)} cells, the header has {len(header)}"
                    )
                rows.append([cell.strip() or None for cell in row])
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ConfigurationError(f"{path}: cannot be read as UTF-8 CSV ({type(error).__name__})") from error
    columns = list(zip(*rows, strict=True)) or [()] * len(header)
    return pd.DataFrame(
        {name: pd.Series(list(cells), dtype="str") for name, cells in zip(header, columns, strict=True)}
    )


def _require_sound(path: Path, frame: pd.DataFrame, schema: RejectsRows) -> None:
    if faults := schema.faults(frame):
        told = "; ".join(
            f"row {fault.row + 2} {fault.column} {fault.reason}".replace("  ", " ") for fault in faults[:5]
        )
        raise ConfigurationError(f"{path}: {told}")
