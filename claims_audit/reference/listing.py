"""Which days each table covers, and which days of service of the loaded claims have none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from claims_audit.reference.editions import Edition, read_editions
from claims_audit.reference.kinds import TRAITS, Kind
from claims_audit.warehouse.database import Connection, first_row


@dataclass(frozen=True, slots=True)
class Uncovered:
    """A month in which lines have no edition of a kind in force on their day."""

    kind: Kind
    month: str  # YYYY-MM
    lines: int
    stands_in: int  # of these, for how many the small shipped edition of another time is used


@dataclass(frozen=True, slots=True)
class Stale:
    """A table whose newest edition ended before the newest day of service."""

    kind: Kind
    program: str | None
    setting: str | None
    valid_to: date
    newest_date_of_service: date


@dataclass(frozen=True, slots=True)
class Listing:
    """What there is and what is missing."""

    editions: Sequence[Edition]
    uncovered: Sequence[Uncovered]
    stale: Sequence[Stale]
    line_count: int


# The same choice as the view edition_in_force makes: dates, program and setting; contract fees go by payer.
_UNCOVERED: Final = """
with counted as (
    select
        claim_line.payer_id,
        payer.program,
        claim_line.date_of_service,
        case
            when place_of_service.setting in ('outpatient_hospital', 'partial_hospital') then 'outpatient_hospital'
            else 'practitioner'
        end as setting,
        count(*) as line_count
    from claim_line
    left join superseded_line on claim_line.claim_line_id = superseded_line.claim_line_id
    left join payer on claim_line.payer_id = payer.payer_id
    left join place_of_service on claim_line.place_of_service_code = place_of_service.place_of_service_code
    where superseded_line.claim_line_id is null
    group by all
),

judged as (
    select
        kind.kind_code,
        counted.date_of_service,
        counted.line_count,
        coalesce(bool_or(
            reference_edition.valid_from <= counted.date_of_service
            and coalesce(reference_edition.valid_to, date '9999-12-31') >= counted.date_of_service
        ), false) as is_covered,
        coalesce(bool_or(reference_edition.is_shipped), false) as stands_in
    from counted
    cross join (select unnest($kinds) as kind_code) as kind
    left join reference_edition
        on
            kind.kind_code = reference_edition.kind_code
            and (
                reference_edition.program is null or reference_edition.program = 'medicare'
                or reference_edition.program = counted.program
            )
            and (reference_edition.setting is null or reference_edition.setting = counted.setting)
            and (
                kind.kind_code <> $contract
                or reference_edition.edition_id = concat($contract, '-', counted.payer_id)
            )
    group by
        kind.kind_code, counted.payer_id, counted.program, counted.setting, counted.date_of_service, counted.line_count
)

select
    kind_code,
    strftime(date_of_service, '%Y-%m'),
    cast(sum(line_count) as bigint),
    cast(coalesce(sum(line_count) filter (where stands_in), 0) as bigint)
from judged
where not is_covered
group by all
order by 1, 2
"""
# Place-of-service codes are shipped whole; a loaded list adds to them.
_ASKED: Final = tuple(kind for kind in Kind if kind is not Kind.PLACES)


def list_reference(con: Connection) -> Listing:
    """The editions, the months without one, and the tables that have run out."""
    editions = read_editions(con)
    rows = con.execute(
        _UNCOVERED, {"kinds": [kind.value for kind in _ASKED], "contract": Kind.CONTRACT_FEES.value}
    ).fetchall()
    newest, line_count = first_row(con, "select max(date_of_service), count(*) from claim_line") or (None, 0)
    return Listing(
        editions,
        [Uncovered(Kind(kind), month, lines, stands_in) for kind, month, lines, stands_in in rows],
        _stale(editions, newest),
        line_count,
    )


def _stale(editions: Sequence[Edition], newest: date | None) -> list[Stale]:
    """A table that was once loaded and has run out; of what is only shipped, the uncovered months tell."""
    if newest is None:
        return []
    ends: dict[tuple[Kind, str | None, str | None], date] = {}
    for edition in editions:
        if TRAITS[edition.kind].is_dated and not edition.is_shipped:
            key = (edition.kind, edition.program, edition.setting)
            ends[key] = max(ends.get(key, date.min), edition.valid_to or date.max)
    return [Stale(*key, end, newest) for key, end in ends.items() if end < newest]
