"""Editions in the warehouse: which there are, and putting one in the place of an older one.

An edition is one kind, program and setting from one day on; others of the same kind stand beside it. CMS splits the
pairs of one quarter into files f1 to f4, and X12 has a list each for reasons and remarks: such parts make up one
edition. A part that comes again takes the place of its older self and leaves the others; a file without a part number
is the whole edition. Which files an edition is made of stands in its file_name, in the order of the parts, with their
hashes in the same order in sha256.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Final

from claims_audit.errors import RefusedTableError, UsageError
from claims_audit.reference.incoming import Incoming, incoming_name
from claims_audit.reference.kinds import TRAITS, Kind
from claims_audit.warehouse.database import Connection, first_row

_BETWEEN: Final = "; "
_FAR_BELOW: Final = 0.5


@dataclass(frozen=True, slots=True)
class Part:
    """One file of an edition; `name` is empty for the whole of it."""

    name: str
    file_name: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Edition:
    """One row of reference_edition."""

    edition_id: str
    kind: Kind
    program: str | None
    setting: str | None
    valid_from: date
    valid_to: date | None
    parts: tuple[Part, ...] = ()
    row_count: int = 0
    is_shipped: bool = False
    title: str = ""
    loaded_at: datetime | None = None


def edition_id_of(
    kind: Kind, program: str | None, setting: str | None, valid_from: date, payer_id: str | None = None
) -> str:
    """The key: dated kinds by their first day, the practice's own lists by kind, or by kind and payer."""
    parts: list[str] = [kind.value]
    if TRAITS[kind].is_dated:
        parts += [word for word in (program, setting) if word is not None]
        parts.append(valid_from.isoformat())
    elif payer_id is not None:
        parts.append(payer_id)
    return "-".join(parts)


def read_editions(con: Connection) -> list[Edition]:
    """All editions, by kind and date."""
    rows = con.execute(
        "select edition_id, kind_code, program, setting, valid_from, valid_to, coalesce(file_name, ''), "
        "coalesce(sha256, ''), row_count, is_shipped, title, loaded_at from reference_edition "
        "order by kind_code, program, setting, valid_from, edition_id"
    ).fetchall()
    return [
        Edition(row[0], Kind(row[1]), row[2], row[3], row[4], row[5], _parts(row[6], row[7]), *row[8:]) for row in rows
    ]


def find_edition(con: Connection, edition_id: str) -> Edition | None:
    """The loaded edition of that key."""
    return next((edition for edition in read_editions(con) if edition.edition_id == edition_id), None)


def store_edition(
    con: Connection, edition: Edition, part: Part, incoming: Incoming, payer_id: str | None = None
) -> tuple[Edition, list[str]]:
    """Puts the waiting rows in the place of that part, or of the whole edition; returns it with what was noticed.

    Belongs into a transaction. Raises UsageError if the edition ends on another day, RefusedTableError if the rows are
    those of another part.
    """
    before = find_edition(con, edition.edition_id)
    warnings: list[str] = []
    others: tuple[Part, ...] = ()
    if before is not None and part.name:
        others = tuple(other for other in before.parts if other.name != part.name)
        _require_fitting(con, edition, before, others, part)
    replaced = 0
    for table in TRAITS[edition.kind].tables:
        where = _rows_of(edition, part, table)
        replaced += _count(con, table, where)
        con.execute(f"delete from {table} where {where[0]}", dict(where[1]))
        _insert(con, edition, part, table, payer_id)
    fresh = sum(_count(con, table, _rows_of(edition, part, table)) for table in TRAITS[edition.kind].tables)
    older = replaced or _rows_of_last(con, edition, part)
    if fresh < _FAR_BELOW * older:
        warnings.append(
            f"{part.file_name}: has {fresh:,} rows, the one before had {older:,}; make sure that the file is whole"
        )
    everything = replace(part, name="")
    stored = replace(
        edition,
        parts=tuple(sorted((*others, part), key=lambda entry: entry.name)),
        row_count=sum(
            _count(con, table, _rows_of(edition, everything, table)) for table in TRAITS[edition.kind].tables
        ),
        loaded_at=datetime.now(UTC).replace(tzinfo=None, microsecond=0),
    )
    _write(con, stored)
    return stored, warnings


def _require_fitting(con: Connection, edition: Edition, before: Edition, others: Sequence[Part], part: Part) -> None:
    if before.valid_to != edition.valid_to:
        raise UsageError(
            f"{part.file_name}: {edition.edition_id} ends on {before.valid_to}; give --valid-to {before.valid_to} for "
            "each part of it"
        )
    if any(not other.name for other in others):
        raise UsageError(
            f"{part.file_name}: {edition.edition_id} was loaded whole from {others[0].file_name}; load that again, or "
            "all pairs in one file"
        )
    if edition.kind is not Kind.PAIRS or not others:
        return
    title = _pair_title(edition, part)
    row = first_row(
        con,
        f"select count(*) from {incoming_name('ncci_pair')} as incoming semi join ncci_pair as there on "
        "there.edition_id = $edition_id and there.source_title <> $title "
        "and there.column_one_code = incoming.column_one_code and there.column_two_code = incoming.column_two_code",
        {"edition_id": edition.edition_id, "title": title},
    )
    if row and row[0]:
        raise RefusedTableError(
            f"{part.file_name}: {row[0]:,} of its pairs are there already, from another part of {edition.edition_id}; "
            "nothing was loaded; load each part under the name that CMS gave it"
        )


Where = tuple[str, Mapping[str, object]]


def _rows_of(edition: Edition, part: Part, table: str) -> Where:
    """The rows of a part, or of the edition if the part has no name."""
    values: dict[str, object] = {"edition_id": edition.edition_id}
    if not part.name:
        return "edition_id = $edition_id", values
    if table == "ncci_pair":
        return "edition_id = $edition_id and source_title = $part", {**values, "part": _pair_title(edition, part)}
    return "edition_id = $edition_id and code_kind = $part", {**values, "part": part.name}


def _rows_of_last(con: Connection, edition: Edition, part: Part) -> int:
    """How many rows the newest other edition of the same table has, or that part of it."""
    others = [
        other
        for other in read_editions(con)
        if (other.kind, other.program, other.setting) == (edition.kind, edition.program, edition.setting)
        and other.edition_id != edition.edition_id
        and not other.is_shipped
        and TRAITS[other.kind].is_dated
        and part.name in {entry.name for entry in other.parts}
    ]
    if not others:
        return 0
    last = max(others, key=lambda other: other.valid_from)
    return sum(_count(con, table, _rows_of(last, part, table)) for table in TRAITS[last.kind].tables)


def _insert(con: Connection, edition: Edition, part: Part, table: str, payer_id: str | None) -> None:
    extra = ", $title as source_title" if table == "ncci_pair" else ""
    where = " where payer_id = $payer_id" if payer_id is not None else ""
    values: dict[str, object] = {"edition_id": edition.edition_id}
    if extra:
        values["title"] = _pair_title(edition, part)
    if where:
        values["payer_id"] = payer_id
    con.execute(
        f"insert into {table} by name select $edition_id as edition_id, incoming.*{extra} "
        f"from {incoming_name(table)} as incoming{where}",
        values,
    )


def _pair_title(edition: Edition, part: Part) -> str:
    return f"{TRAITS[edition.kind].title}, {edition.edition_id}" + (f", part {part.name}" if part.name else "")


def _count(con: Connection, table: str, where: Where) -> int:
    row = first_row(con, f"select count(*) from {table} where {where[0]}", where[1])
    return int(row[0]) if row else 0


def _write(con: Connection, edition: Edition) -> None:
    con.execute(
        "insert or replace into reference_edition (edition_id, kind_code, title, file_name, sha256, program, setting, "
        "valid_from, valid_to, is_shipped, row_count, loaded_at) values ($edition_id, $kind, $title, $file_name, "
        "$sha256, $program, $setting, $valid_from, $valid_to, false, $row_count, $loaded_at)",
        {
            "edition_id": edition.edition_id,
            "kind": edition.kind.value,
            "title": edition.title or TRAITS[edition.kind].title,
            "file_name": _BETWEEN.join(_told(part) for part in edition.parts),
            "sha256": _BETWEEN.join(part.sha256 for part in edition.parts),
            "program": edition.program,
            "setting": edition.setting,
            "valid_from": edition.valid_from,
            "valid_to": edition.valid_to,
            "row_count": edition.row_count,
            "loaded_at": edition.loaded_at,
        },
    )


def _told(part: Part) -> str:
    name = part.file_name.replace(";", "_")
    return f"{part.name}: {name}" if part.name else name


def _parts(file_name: str, sha256: str) -> tuple[Part, ...]:
    found = []
    for told, digest in zip(file_name.split(_BETWEEN), sha256.split(_BETWEEN), strict=False):
        name, colon, rest = told.partition(": ")
        if told:
            found.append(Part(name, rest, digest) if colon else Part("", told, digest))
    return tuple(found)
