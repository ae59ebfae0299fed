"""Voids and whole-claim replacements, across files and in either order of arrival."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import permutations
from typing import Any

import pytest

Row = dict[str, str]
Desk = Any
MakeDesk = Callable[[str], Desk]


@pytest.fixture
def original(claim: Callable[..., Row]) -> list[Row]:
    return [claim(claim_line_number=n, received_date="2024-03-06", charge_amount="50") for n in (1, 2)]


@pytest.fixture
def replacement(claim: Callable[..., Row]) -> list[Row]:
    return [claim(claim_frequency_code="7", received_date="2024-03-20", charge_amount="45")]


@pytest.fixture
def void(claim: Callable[..., Row]) -> list[Row]:
    return [claim(claim_line_number=n, claim_frequency_code="8", received_date="2024-04-01") for n in (1, 2)]


def charges(desk: Desk) -> list[str]:
    """Charges of the lines that count."""
    rows = desk.rows(
        "select charge_amount from claim_line "
        "where claim_line_id not in (select claim_line_id from superseded_line) order by 1"
    )
    return [str(row[0]) for row in rows]


def deliver(desk: Desk, files: Iterable[list[Row]]) -> list[Any]:
    return [desk.deliver(f"{at}.csv", rows) for at, rows in enumerate(files)]


def test_a_replacement_takes_the_place_of_the_whole_claim(
    desk: Desk, original: list[Row], replacement: list[Row]
) -> None:
    first, second = deliver(desk, [original, replacement])
    assert (first.lines["loaded"], first.lines["superseded"]) == (2, 0)
    assert (second.lines["loaded"], second.lines["superseded"]) == (1, 0)
    assert charges(desk) == ["45.00"]


def test_an_original_that_comes_after_its_replacement_is_history(
    desk: Desk, original: list[Row], replacement: list[Row]
) -> None:
    first, second = deliver(desk, [replacement, original])
    assert (first.lines["loaded"], first.lines["superseded"]) == (1, 0)
    assert (second.lines["loaded"], second.lines["superseded"]) == (0, 2)
    assert second.cents["superseded"] == 10_000
    assert charges(desk) == ["45.00"]


def test_all_in_one_file(desk: Desk, original: list[Row], replacement: list[Row]) -> None:
    (report,) = deliver(desk, [[*replacement, *original]])
    assert (report.lines["loaded"], report.lines["superseded"]) == (1, 2)
    assert charges(desk) == ["45.00"]


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_a_voided_claim_is_gone_in_whatever_order_it_came(
    desk: Desk, order: tuple[int, ...], original: list[Row], replacement: list[Row], void: list[Row]
) -> None:
    versions = (original, replacement, void)
    deliver(desk, [versions[at] for at in order])
    assert charges(desk) == []
    assert desk.rows("select count(*) from claim_line") == [(5,)]


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_the_last_of_several_replacements_counts(
    desk: Desk, order: tuple[int, ...], original: list[Row], claim: Callable[..., Row]
) -> None:
    second = [claim(claim_frequency_code="7", received_date="2024-03-20", charge_amount="45")]
    third = [claim(claim_frequency_code="7", received_date="2024-04-20", charge_amount="44")]
    versions = (original, second, third)
    deliver(desk, [versions[at] for at in order])
    assert charges(desk) == ["44.00"]


def test_a_replacement_may_name_its_claim_by_the_payers_number(desk: Desk, claim: Callable[..., Row]) -> None:
    old = claim(patient_control_number="OLD", payer_claim_control_number="ICN1")
    other = claim(patient_control_number="OTHER", payer_claim_control_number="ICN2")
    new = claim(patient_control_number="NEW", payer_claim_control_number="ICN1", claim_frequency_code="7")
    deliver(desk, [[old, other], [new]])
    assert desk.current() == {("NEW", 1), ("OTHER", 1)}


def test_a_void_of_a_claim_never_seen_removes_nothing_else(desk: Desk, claim: Callable[..., Row]) -> None:
    void = claim(patient_control_number="P9", claim_frequency_code="8", charge_amount="41")
    (_, report) = deliver(desk, [[claim()], [void]])
    assert report.lines["loaded"] == 1
    assert desk.current() == {("PCN1", 1)}


def test_another_payers_claim_of_the_same_number_stays(desk: Desk, claim: Callable[..., Row], void: list[Row]) -> None:
    deliver(desk, [[claim(payer_id="MEDICARE")], void])
    assert desk.current() == {("PCN1", 1)}


def test_an_account_number_that_is_used_for_every_visit(desk: Desk, claim: Callable[..., Row]) -> None:
    visits = [claim(patient_control_number="ACCT", date_of_service=f"2024-03-{day:02}") for day in (4, 5, 6)]
    (report,) = deliver(desk, [visits])
    assert report.lines["loaded"] == 3
    assert desk.rows("select count(*) from claim") == [(3,)]
    void = claim(patient_control_number="ACCT", date_of_service="2024-03-05", claim_frequency_code="8")
    desk.deliver("void.csv", [void])
    days = desk.rows(
        "select day(date_of_service) from claim_line "
        "where claim_line_id not in (select claim_line_id from superseded_line) "
        "order by 1"
    )
    assert days == [(4,), (6,)]


def test_an_account_number_that_two_people_share(desk: Desk, claim: Callable[..., Row]) -> None:
    rows = [claim(patient_control_number="ACCT", member_id=member) for member in ("M1", "M2")]
    void = claim(patient_control_number="ACCT", member_id="M2", claim_frequency_code="8")
    deliver(desk, [rows, [void]])
    left = desk.rows(
        "select member_id from claim_line where claim_line_id not in (select claim_line_id from superseded_line)"
    )
    assert left == [("M1",)]


def test_identities_of_claims_do_not_hang_on_the_order_of_files(
    new_desk: MakeDesk, claim: Callable[..., Row], original: list[Row]
) -> None:
    files = [original, [claim(patient_control_number="P2")], [claim(patient_control_number="P3")]]
    seen = []
    for at, order in enumerate(permutations(files)):
        desk = new_desk(str(at))
        deliver(desk, order)
        seen.append(sorted(desk.rows("select claim_id, claim_line_number from claim_line")))
    assert all(ids == seen[0] for ids in seen)
