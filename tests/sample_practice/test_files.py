from __future__ import annotations

import datetime as dt
import hashlib
import itertools
import tracemalloc
from collections import Counter, defaultdict
from decimal import Decimal
from pathlib import Path

import pytest

from claims_audit.errors import StorageError, UsageError
from claims_audit.model import ATTENDANCE_COLUMNS, CLAIM_LINE_COLUMNS
from claims_audit.readers.x12 import professional_claim
from claims_audit.sample_practice import write_sample_practice
from claims_audit.sample_practice.people import dependent_member_id, household


def digest(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def segments_of(path: Path) -> list[list[str]]:
    return [segment.strip().split("*") for segment in path.read_text("ascii").split("~") if segment.strip()]


def test_same_seed_same_bytes_other_seed_others(tmp_path, sample):
    write_sample_practice(tmp_path / "again")
    write_sample_practice(tmp_path / "other", seed=1)
    assert digest(tmp_path / "again") == digest(sample.folder)
    assert digest(tmp_path / "other").keys() == digest(sample.folder).keys()
    inboxes = (digest(folder / "inbox") for folder in (tmp_path / "other", sample.folder))
    assert not set.intersection(*({*found.values()} for found in inboxes))


def test_committed_sample_is_what_the_command_makes(sample):
    committed = Path(__file__).parents[2] / "data" / "sample"
    if not (committed / "truth.csv").exists():
        pytest.skip("data/sample is not there yet: make sample")
    ours = digest(sample.folder)
    assert {name: found for name, found in digest(committed).items() if name in ours} == ours


def test_summary_counts_what_was_written(any_sample):
    summary = any_sample.summary
    assert summary.claim_lines == len(any_sample.lines)
    assert summary.attendance_rows == len(any_sample.attendance)
    assert summary.broken_lines == sum(not line.is_readable for line in any_sample.lines)
    assert summary.claims == len({(line.claim, line.frequency, line.received) for line in any_sample.lines})
    assert summary.remitted_lines == len(any_sample.services)
    assert set(digest(any_sample.folder)) == set(summary.file_names)


def test_default_sample_is_large_enough_and_small_enough_to_commit(sample):
    assert sample.summary.sessions == 600
    assert sample.summary.claim_lines >= 2000
    assert 4 <= sample.summary.broken_lines <= 6
    assert sum(path.stat().st_size for path in sample.folder.rglob("*")) < 2_000_000


def test_broken_rows_are_of_several_kinds_in_both_formats(sample):
    broken = [line for line in sample.lines if not line.is_readable]
    assert {line.source.split(".")[-1] for line in broken} == {"837", "csv"}
    truths = {name for row in sample.truth for name in row["claim_lines"].split(";")}
    assert not {f"{line.claim}:{line.number}" for line in broken} & truths


def test_headers_are_canonical(sample):
    for path in (sample.folder / "inbox").glob("*.csv"):
        columns = ATTENDANCE_COLUMNS if "attendance" in path.name else CLAIM_LINE_COLUMNS
        assert path.read_text("utf-8").splitlines()[0] == ",".join(columns)


def test_both_formats_and_every_month_are_delivered(sample):
    names = {path.name for path in (sample.folder / "inbox").iterdir()}
    for month in range(1, 10):
        assert f"harbor_light_2024-{month:02d}_attendance.csv" in names
        assert {f"harbor_light_2024-{month:02d}_claims.{suffix}" for suffix in ("csv", "837")} & names
    assert sum(name.endswith("_claims.837") for name in names) >= 4
    assert sum(name.endswith("_claims.csv") for name in names) >= 4


def test_envelopes_count_right(any_sample):
    control_numbers = []
    for path in (any_sample.folder / "inbox").glob("*.83[57]"):
        text = path.read_text("ascii")
        for line in text.splitlines():
            assert line.endswith("~")
            assert line.count("~") == 1
            if line.startswith("ISA"):
                assert len(line) == 106
        transaction_length = transactions = groups = 0
        for segment in segments_of(path):
            transaction_length += 1
            match segment[0]:
                case "ISA":
                    interchange, groups = segment[13], 0
                    control_numbers.append(interchange)
                case "GS":
                    group, version, transactions = segment[6], segment[8], 0
                    groups += 1
                case "ST":
                    transaction, transaction_length = segment[2], 1
                    transactions += 1
                    kind = path.suffix[1:]
                    assert segment[1:] == [kind, f"{transactions:04d}", *([version] if kind == "837" else [])]
                case "SE":
                    assert segment[1:] == [str(transaction_length), transaction]
                case "GE":
                    assert segment[1:] == [str(transactions), group]
                case "IEA":
                    assert segment[1:] == [str(groups), interchange]
    assert len(control_numbers) == len(set(control_numbers))


def test_levels_point_to_their_parents_and_tell_of_children(any_sample):
    for path in (any_sample.folder / "inbox").glob("*.837"):
        levels: dict[str, list[str]] = {}
        children: Counter[str] = Counter()
        for segment in segments_of(path):
            if segment[0] == "ST":
                levels, children = {}, Counter()
            if segment[0] == "HL":
                _, number, parent, code, _ = segment
                assert int(number) == len(levels) + 1
                assert levels[parent][3] == {"22": "20", "23": "22"}[code] if parent else code == "20"
                levels[number] = segment
                children[parent] += 1
            if segment[0] == "SE":
                for number, level in levels.items():
                    assert (level[4] == "1") == (children[number] > 0)


def test_claim_totals_are_the_sum_of_their_lines(any_sample):
    for path in (any_sample.folder / "inbox").glob("*.837"):
        total = billed = 0.0
        for segment in segments_of(path):
            if segment[0] in ("CLM", "SE"):
                assert total == billed
                total, billed = float(segment[2]) if segment[0] == "CLM" else 0.0, 0.0
            if segment[0] in ("SV1", "SV2"):
                billed += float(segment[2] if segment[0] == "SV1" else segment[3])


def test_an_institutional_transaction_is_among_them(sample):
    first = sample.folder / "inbox" / "harbor_light_2024-01_claims.837"
    versions = Counter(segment[3] for segment in segments_of(first) if segment[0] == "ST")
    assert versions["005010X223A2"] == sample.summary.other_transactions == 1
    assert versions["005010X222A1"] > 3


def test_npis_pass_the_check_digit(any_sample):
    npis = {line.npi for line in any_sample.lines} | {npi for row in any_sample.attendance for npi in row.facilitators}
    assert len(npis) >= 8
    for npi in npis:
        digits = [int(digit) for digit in "80840" + npi]
        doubled = sum(sum(divmod(2 * digit, 10)) for digit in digits[-2::-2])
        assert (sum(digits[-1::-2]) + doubled) % 10 == 0


def test_services_are_of_the_past_on_business_days_and_received_later(any_sample):
    for line in any_sample.lines:
        if line.is_readable:
            day = dt.date.fromisoformat(line.day)
            assert dt.date(2024, 1, 2) <= day <= dt.date(2024, 9, 30)
            assert day.weekday() < 5
            assert line.day < line.received < "2024-11-30"


def test_nobody_is_in_two_rooms_at_once_but_by_mistake(any_sample):
    planted = {
        name.split(":")[0]
        for row in any_sample.truth
        if row["check_id"] in ("provider_in_two_places", "member_in_two_places")
        for name in row["claim_lines"].split(";")
    }
    known = {(line.npi, line.member, line.day) for line in any_sample.lines if line.claim in planted}
    attendance = [
        row
        for row in any_sample.attendance
        if not any((npi, row.member, row.start[:10]) in known for npi in row.facilitators)
    ]
    rooms: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for row in attendance:
        if row.status == "attended":
            rooms[row.member].add((row.start, row.end))
        for npi in row.facilitators:
            rooms[npi].add((row.start, row.end))
    sessions = {(row.session, npi, row.start) for row in attendance for npi in row.facilitators}
    assert len(sessions) == len({(npi, start) for _, npi, start in sessions})
    for found in rooms.values():
        spans = sorted(found)
        assert all(earlier[1] <= later[0] for earlier, later in itertools.pairwise(spans))


def test_corrections_keep_their_number_and_come_later(sample):
    versions = defaultdict(dict)
    for line in sample.lines:
        versions[line.claim][line.received] = line.frequency
    patterns = {"".join(found[day] for day in sorted(found)) for found in versions.values()}
    assert patterns == {"1", "11", "17", "18", "177", "178"}


def test_corrections_name_what_was_told_before(any_sample):
    """The payer's number of the original, from an earlier remittance or from the original in the CSV export."""
    planted = {row["claim_lines"] for row in any_sample.truth if row["check_id"] == "broken_claim_lifecycle"}
    told = {}
    for line in any_sample.lines:
        if line.frequency == "1" and line.source.endswith(".csv"):
            told.setdefault((line.claim, line.replaces), line.received)
    for service in any_sample.services:
        told.setdefault((service.claim, service.payer_number), service.paid_on)
    amendments = [line for line in any_sample.lines if line.frequency != "1"]
    assert len(amendments) > 2
    for line in amendments:
        if f"{line.claim}:{line.number}" not in planted:
            assert told[line.claim, line.replaces] < line.received


def test_claims_of_the_837_are_answered_and_no_others(any_sample):
    sent = Counter()
    for line in any_sample.lines:
        if line.source.endswith(".837") and line.is_readable and line.frequency != "8":
            sent[line.payer, *line.key, line.frequency, line.code, line.day] += 1
    answered = {
        (one.payer, one.claim, one.number, one.frequency, one.code, one.day)
        for one in any_sample.services
        if one.status != "22" and one.frequency != "8"
    }
    assert answered == set(sent)
    for service in any_sample.services:
        received = min(line.received for line in any_sample.lines_of(service))
        assert received < service.paid_on


def test_remittances_balance(any_sample):
    for payment in any_sample.payments:
        assert payment.payee == "2100000001"
        of_claims = defaultdict(list)
        for service in payment.services:
            assert service.charge - sum(amount for *_, amount in service.adjustments) == service.paid
            of_claims[service.claim, service.status, service.payer_number].append(service)
        for (_, status, _), services in of_claims.items():
            assert services[0].claim_charge == sum(service.charge for service in services)
            patient = sum(amount for one in services for group, _, amount in one.adjustments if group == "PR")
            assert Decimal(services[0].patient or 0) == (0 if status == "22" else patient)
            assert services[0].claim_paid == sum(service.paid for service in services)
        paid = sum(service.paid for service in payment.services)
        assert payment.total == paid - sum(amount for *_, amount in payment.adjustments)
        assert payment.total >= 0


def test_what_is_carried_forward_comes_back_in_the_next_payment(any_sample):
    owed = {}
    for payment in sorted(any_sample.payments, key=lambda one: one.paid_on):
        forward = [(reference, amount) for reason, reference, amount in payment.adjustments if reason == "FB"]
        if payment.payer in owed:
            assert forward.pop(0) == owed.pop(payment.payer)
        for reference, amount in forward:
            assert payment.total == 0
            assert amount < 0
            owed[payment.payer] = reference, -amount


def test_remittances_have_all_that_happens_in_them(sample):
    assert {one.status for one in sample.services} == {"1", "2", "4", "22"}
    reasons = {(group, reason) for one in sample.services for group, reason, _ in one.adjustments}
    assert {("CO", code) for code in ("45", "16", "97", "197", "252")} < reasons
    assert {("PR", "1"), ("PR", "2"), ("PR", "3"), ("OA", "23"), ("CO", "253")} < reasons
    recouped = Counter()
    for payment in sample.payments:
        for reason, reference, amount in payment.adjustments:
            if reason == "WO":
                recouped[reference] += amount
    assert recouped
    assert set(recouped.values()) == {0}  # what was left with the practice at first was taken back
    reversed_claims = {one.claim for one in sample.services if one.status == "22"}
    truths = {name.split(":")[0] for row in sample.truth for name in row["claim_lines"].split(";")}
    assert reversed_claims - truths
    for one in sample.services:
        assert one.allowed or one.status in ("4", "22")


def test_normal_life_is_there(sample):
    leaders = {row.session: row.facilitators for row in sample.attendance}
    assert sum(len(npis) == 2 for npis in leaders.values()) >= 4
    assert {row.status for row in sample.attendance} == {"attended", "no_show", "late_cancel", "observer"}
    lines = sample.current
    assert {"90832", "90834", "90837", "90846", "90847", "90849", "90853", "90785", "99213"} < {
        line.code for line in lines
    }
    assert {"59", "XE", "95", "25"} <= {modifier for line in lines for modifier in line.modifiers}
    assert {len(line.diagnoses) for line in lines} == {1, 2, 3, 4}
    assert any("-" in line.member for line in lines)  # dependents
    told = Counter((bool(line.session), bool(line.start)) for line in lines if line.source.endswith(".csv"))
    assert set(told) == {(True, True), (True, False), (False, True), (False, False)}


def test_a_dependent_has_the_same_number_in_every_format(sample):
    """The 837P names no number for a dependent; what is derived from it must be on the rosters."""
    known = {row.member for row in sample.attendance}
    derived = {line.member for line in sample.lines if line.source.endswith(".837") and "-" in line.member}
    assert len(derived & known) > len(derived) / 2


def test_dependent_number_agrees_with_the_reader():
    known = ("BHB0000010", " Person0000011 ", "20100203")
    assert professional_claim.dependent_member_id(*known) == dependent_member_id(*known)


def test_own_files_are_replaced_and_others_stay(tmp_path):
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    (inbox / "harbor_light_2023-12_claims.csv").write_text("stale")
    (inbox / "harbor_light_2024-01_claims.csv.note").write_text("mine")
    (inbox / "march_claims.csv").write_text("mine")
    (tmp_path / "README.md").write_text("mine")
    write_sample_practice(tmp_path, sessions=20)
    names = set(digest(tmp_path))
    assert "inbox/harbor_light_2023-12_claims.csv" not in names
    assert {"README.md", "inbox/march_claims.csv", "inbox/harbor_light_2024-01_claims.csv.note"} <= names


@pytest.mark.parametrize("sessions", [1, 2, 9, 60, 601])
def test_small_and_odd_sizes_have_exactly_their_sessions(tmp_path, sessions):
    summary = write_sample_practice(tmp_path, sessions=sessions)
    assert summary.claims >= sessions / 2
    assert summary.sessions == sessions


def test_a_call_that_cannot_work_is_told_with_a_remedy(tmp_path):
    with pytest.raises(UsageError, match="--sessions 1 or more"):
        write_sample_practice(tmp_path, sessions=0)
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="name a folder"):
        write_sample_practice(tmp_path / "file")
    with pytest.raises(StorageError, match="could not be written"):
        write_sample_practice(tmp_path / "file" / "below")


def test_memory_stays_flat(tmp_path):
    household.cache_clear()
    tracemalloc.start()
    summary = write_sample_practice(tmp_path, sessions=6000)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert summary.claim_lines > 20_000
    assert peak < 6_000_000  # 5 MB at 20,000 sessions: an interchange, some households, claims that are late
