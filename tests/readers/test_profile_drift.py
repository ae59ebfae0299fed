"""What changed between two headers of one export."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claims_audit.readers.tables.header_changes import HeaderChanges, compare_headers
from claims_audit.readers.tables.profile_file import find_profile

HEADER = ["Claim #", "Patient ID", "DOS", "CPT", "Mods", "Units", "Charge", "Rendering NPI", "Billing NPI"]


def changed(**names: str) -> list[str]:
    return [names.get(name.split()[0], name) for name in HEADER]


@pytest.mark.parametrize(
    ("current", "expected"),
    [
        pytest.param(HEADER, HeaderChanges((), (), ()), id="the same"),
        pytest.param(HEADER[::-1], HeaderChanges((), (), ()), id="another order"),
        pytest.param([name.upper().replace(" ", "_") for name in HEADER], HeaderChanges((), (), ()), id="another case"),
        pytest.param([*HEADER, "Plan"], HeaderChanges(("Plan",), (), ()), id="one came"),
        pytest.param(HEADER[:-1], HeaderChanges((), ("Billing NPI",), ()), id="one went"),
        pytest.param(
            changed(Charge="Charge Amount"), HeaderChanges((), (), (("Charge", "Charge Amount"),)), id="one renamed"
        ),
        pytest.param(changed(Units="Unit"), HeaderChanges((), (), (("Units", "Unit"),)), id="one letter less"),
        pytest.param(changed(DOS="Plan"), HeaderChanges(("Plan",), ("DOS",), ()), id="one for another"),
        pytest.param(
            changed(Rendering="Rendering Provider NPI", Billing="Billing Provider NPI"),
            HeaderChanges(
                (),
                (),
                (("Rendering NPI", "Rendering Provider NPI"), ("Billing NPI", "Billing Provider NPI")),
            ),
            id="two alike",
        ),
        pytest.param([], HeaderChanges((), tuple(HEADER), ()), id="nothing left"),
    ],
)
def test_changes_are_told(current: list[str], expected: HeaderChanges) -> None:
    found = compare_headers(HEADER, current)
    assert (found.new, found.missing, set(found.renamed)) == (expected.new, expected.missing, set(expected.renamed))
    assert bool(found) == bool(expected)


def test_what_the_profile_reads_as_the_same_was_renamed() -> None:
    profile = find_profile("practice_management")
    current = changed(DOS="Service Date", Charge="Billed Amount", CPT="Procedure Code", Units="Plan")
    found = compare_headers(HEADER, current, profile)
    assert set(found.renamed) == {("DOS", "Service Date"), ("Charge", "Billed Amount"), ("CPT", "Procedure Code")}
    assert (found.new, found.missing) == (("Plan",), ("Units",))


def test_a_part_of_what_is_joined_was_renamed_too() -> None:
    profile = find_profile("appointments")
    header = ["Date", "Start Time", "Client ID", "Clinician NPI", "Status"]
    current = ["Session Date", "Time In", "MRN", "Clinician NPI", "Outcome"]
    found = compare_headers(header, current, profile)
    assert set(found.renamed) == set(zip(header, current, strict=True)) - {("Clinician NPI", "Clinician NPI")}
    assert not found.new
    assert not found.missing


@given(st.lists(st.text(max_size=8), max_size=7), st.lists(st.text(max_size=8), max_size=7))
def test_every_name_is_accounted_for_once(previous: list[str], current: list[str]) -> None:
    found = compare_headers(previous, current)
    gone = [*found.missing, *(old for old, _ in found.renamed)]
    come = [*found.new, *(new for _, new in found.renamed)]
    assert len(set(gone)) == len(gone)
    assert len(set(come)) == len(come)
    assert set(gone) <= set(previous)
    assert set(come) <= set(current)
    assert not compare_headers(current, current)
