"""The CSV reader: what it takes, what one bad line costs, and that nothing is ever lost on the way."""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Callable
from typing import Literal, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from claims_audit.errors import UnreadableFileError
from claims_audit.model import (
    ATTENDANCE_COLUMNS,
    CLAIM_LINE_COLUMNS,
    CLAIM_LINE_REQUIRED,
    FileTotals,
    RejectedRange,
    RowBatch,
)
from claims_audit.readers.tables.delimited import parse_header, read_delimited
from claims_audit.readers.values import parse_cents

Row = dict[str, str]
MIB = 1 << 20


class Outcome(NamedTuple):
    rows: list[dict[str, object]]
    rejects: list[RejectedRange]
    totals: FileTotals

    @property
    def numbers(self) -> list[object]:
        return [row["patient_control_number"] for row in self.rows]


def read(content: bytes, batch_lines: int = 50_000) -> Outcome:
    items = list(read_delimited(io.BytesIO(content), "file.csv", batch_lines=batch_lines))
    assert isinstance(items[-1], FileTotals)
    rows: list[dict[str, object]] = []
    for batch in items[:-1]:
        if isinstance(batch, RowBatch):
            assert {len(values) for values in batch.columns.values()} == {len(batch)}
            rows += [{name: values[at] for name, values in batch.columns.items()} for at in range(len(batch))]
    return Outcome(rows, [item for item in items if isinstance(item, RejectedRange)], items[-1])


def three_lines(claim: Callable[..., Row]) -> list[Row]:
    return [claim(patient_control_number=f"P{n}", charge_amount=f"{n}.50") for n in (1, 2, 3)]


@pytest.fixture
def good(claim: Callable[..., Row], as_csv: Callable[..., bytes]) -> bytes:
    """Header and three lines, of 1.50, 2.50 and 3.50 dollars."""
    return as_csv(three_lines(claim))


def test_values_come_trimmed_and_empty_cells_as_nothing(
    claim: Callable[..., Row], as_csv: Callable[..., bytes]
) -> None:
    outcome = read(as_csv([claim(member_id="  M7 ", modifier_1="", session_id="   ")]))
    assert outcome.rows[0]["member_id"] == "M7"
    assert outcome.rows[0]["modifier_1"] is None
    assert outcome.rows[0]["session_id"] is None


def test_optional_columns_may_be_absent(claim: Callable[..., Row], as_csv: Callable[..., bytes]) -> None:
    (row,) = read(as_csv([claim()], CLAIM_LINE_REQUIRED)).rows
    assert set(CLAIM_LINE_COLUMNS) <= set(row)
    assert [name for name in CLAIM_LINE_COLUMNS if row[name] is not None] == list(CLAIM_LINE_REQUIRED)


def test_attendance_is_known_by_its_header(attended: Callable[..., Row], as_csv: Callable[..., bytes]) -> None:
    outcome = read(as_csv([attended(family_id="F1"), attended(member_id="M2")]))
    assert [row["member_id"] for row in outcome.rows] == ["M1", "M2"]
    assert set(ATTENDANCE_COLUMNS) <= set(outcome.rows[0])
    assert outcome.totals.lines_in == 2
    assert outcome.totals.charge_in_cents == 0


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda text: b"\xef\xbb\xbf" + text, id="byte order mark"),
        pytest.param(lambda text: text.replace(b"\n", b"\r\n"), id="CRLF"),
        pytest.param(lambda text: text.replace(b"\n", b"\n\n"), id="blank lines"),
        pytest.param(lambda text: text.replace(b"\n", b"\r\n \t\r\n"), id="lines of blanks"),
        pytest.param(lambda text: text.rstrip(b"\n"), id="no end of line at the end"),
        pytest.param(lambda text: text.replace(b"member_id", b'"Member_ID"', 1), id="header in other case"),
    ],
)
def test_the_same_lines_in_another_dress(good: bytes, change: Callable[[bytes], bytes]) -> None:
    plain, dressed = read(good), read(change(good))
    assert dressed.numbers == plain.numbers == ["P1", "P2", "P3"]
    assert not dressed.rejects
    assert dressed.totals.lines_in == 3
    assert dressed.totals.charge_in_cents == 750


def test_quoted_cells_may_hold_commas_and_quotes(claim: Callable[..., Row], as_csv: Callable[..., bytes]) -> None:
    row = claim(payer_name='Health, "Best" Inc.')
    assert read(as_csv([row, claim()])).rows[0]["payer_name"] == 'Health, "Best" Inc.'


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        pytest.param(lambda line: line.replace(b"CTMCD", b'"CTMCD'), "broken_quotes", id="quote that never closes"),
        pytest.param(lambda line: line.replace(b"CTMCD", b'"CT"MCD'), "broken_quotes", id="quote inside a cell"),
        pytest.param(lambda line: line.replace(b"CTMCD,", b""), "wrong_cell_count", id="a cell too few"),
        pytest.param(lambda line: line.replace(b"\n", b",\n"), "wrong_cell_count", id="a cell too many"),
        pytest.param(lambda line: line.replace(b"CTMCD", b"CT\0CD"), "not_text", id="NUL"),
        pytest.param(lambda line: line.replace(b"CTMCD", b"C" * (MIB + 9)), "line_too_long", id="endless"),
        pytest.param(lambda line: b" " * (MIB + 9) + line, "line_too_long", id="endless blanks before it"),
    ],
)
def test_a_bad_line_costs_itself_only(good: bytes, spoil: Callable[[bytes], bytes], code: str) -> None:
    header, first, second, third = good.splitlines(keepends=True)
    spoiled = spoil(second)
    content = header + first + spoiled + third
    outcome = read(content)
    assert outcome.numbers == ["P1", "P3"]
    assert [reject.reason_code for reject in outcome.rejects] == [code]
    (reject,) = outcome.rejects
    assert content[reject.byte_start : reject.byte_end] == spoiled
    assert reject.source_line_number == 3
    assert reject.line_count == 1
    assert outcome.rows[1]["source_line_number"] == 4
    assert outcome.totals.lines_in == 3
    assert outcome.totals.charge_in_cents == 500 + reject.charge_cents


def test_a_line_that_is_not_utf_8_in_a_file_that_is_costs_itself_only(
    claim: Callable[..., Row], as_csv: Callable[..., bytes]
) -> None:
    rows = [claim(patient_control_number=f"P{n}", payer_name="Grün") for n in range(4)]
    content = as_csv(rows).replace(b"P2,1", b"P2\xe9,1")
    outcome = read(content)
    assert outcome.numbers == ["P0", "P1", "P3"]
    (reject,) = outcome.rejects
    assert reject.reason_code == "not_utf8"
    assert content[reject.byte_start : reject.byte_end].startswith(b"P2\xe9")
    assert outcome.totals.warnings == {}


def test_a_quote_that_never_closes_on_the_last_line(good: bytes) -> None:
    outcome = read(good.rstrip(b"\n").replace(b"3.50", b'"3.50'))
    assert outcome.numbers == ["P1", "P2"]
    assert outcome.rejects[0].reason_code == "broken_quotes"


def test_a_line_of_exactly_one_mebibyte_is_still_a_line(
    claim: Callable[..., Row], as_csv: Callable[..., bytes]
) -> None:
    short = as_csv([claim(payer_name="x"), claim(patient_control_number="P2")])
    header, line, last = short.splitlines(keepends=True)
    exact = line.replace(b",x,", b"," + b"x" * (MIB - len(line) + 1) + b",")
    assert len(exact) == MIB
    assert read(header + exact + last).numbers == ["PCN1", "P2"]
    over = read(header + exact.replace(b"xx", b"xxx", 1) + last)
    assert over.numbers == ["P2"]
    assert over.rejects[0].byte_end - over.rejects[0].byte_start == MIB + 1


def test_no_reason_tells_a_value(claim: Callable[..., Row], as_csv: Callable[..., bytes]) -> None:
    text = as_csv([claim(member_id="SENTINEL7")]).splitlines(keepends=True)
    bad = text[1].replace(b"\n", b',"SENTINEL7\n') + text[1].replace(b"\n", b",SENTINEL7\n") + b"SENTINEL7\0\n"
    for reject in read(text[0] + bad).rejects:
        assert "SENTINEL7" not in repr(reject)


@pytest.mark.parametrize(
    ("columns", "named"),
    [
        pytest.param([*CLAIM_LINE_REQUIRED, "colour", "size"], "unknown columns colour, size", id="unknown"),
        pytest.param([*CLAIM_LINE_REQUIRED, ""], "unknown columns (empty)", id="unnamed"),
        pytest.param(CLAIM_LINE_REQUIRED[2:], "lacks columns patient_control_number, claim_line_number", id="missing"),
        pytest.param([*CLAIM_LINE_REQUIRED, "member_id"], "repeated columns member_id", id="repeated"),
        pytest.param(
            [*CLAIM_LINE_REQUIRED[1:], "pcn"], "lacks columns patient_control_number; unknown columns pcn", id="both"
        ),
    ],
)
def test_a_header_that_does_not_fit_is_refused_by_name(columns: list[str], named: str) -> None:
    with pytest.raises(UnreadableFileError) as caught:
        read(",".join(columns).encode() + b"\n")
    assert named in str(caught.value)
    assert str(caught.value).startswith("file.csv: as claim_line")


@pytest.mark.parametrize(
    "first", [b"", b"\n", b"a,b,c\n", b"\xff\xfe\x00", b"\0\0\0\0", b'"member_id\n', b"x" * (MIB + 5)]
)
def test_what_is_no_table_of_ours_is_refused(first: bytes) -> None:
    with pytest.raises(UnreadableFileError, match="none of the known column sets"):
        read(first)


def test_a_file_with_old_mac_line_ends_is_refused_without_its_values(good: bytes) -> None:
    with pytest.raises(UnreadableFileError) as caught:
        read(good.replace(b"\n", b"\r"))
    assert "PCN1" not in str(caught.value)
    assert "40.25" not in str(caught.value)


def test_a_header_alone_is_a_table_without_rows(good: bytes) -> None:
    assert read(good.splitlines(keepends=True)[0]) == ([], [], FileTotals(header=CLAIM_LINE_REQUIRED))


def test_every_byte_range_cuts_out_its_line(claim: Callable[..., Row], as_csv: Callable[..., bytes]) -> None:
    rows = [claim(patient_control_number=f"P{n}", payer_name="Ünï, Cöde" * (n % 3)) for n in range(40)]
    lines = as_csv(rows).splitlines(keepends=True)
    spread = b"\xef\xbb\xbf" + b"\r\n".join(lines[:20]) + b"\n" + b"".join(lines[20:])
    outcome = read(spread, batch_lines=7)
    assert outcome.numbers == [f"P{n}" for n in range(40)]
    for row in outcome.rows:
        start, end = row["byte_start"], row["byte_end"]
        assert isinstance(start, int)
        assert isinstance(end, int)
        cut = spread[start:end]
        assert cut.decode().startswith(f"{row['patient_control_number']},1,")
        assert cut.endswith(b"\n")
        assert spread[:start].count(b"\n") + 1 == row["source_line_number"]


@pytest.mark.parametrize(
    ("encoding", "mark", "warnings"),
    [
        ("utf-8", b"", {}),
        ("utf-8", b"\xef\xbb\xbf", {}),
        ("windows-1252", b"", {"read_as_windows_1252": 1}),
        ("utf-16-le", b"\xff\xfe", {}),
        ("utf-16-be", b"\xfe\xff", {}),
        ("utf-16-le", b"", {}),
        ("utf-16-be", b"", {}),
    ],
)
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_every_encoding_and_delimiter_gives_the_same_rows(
    claim: Callable[..., Row], encoding: str, mark: bytes, warnings: dict[str, int], delimiter: str
) -> None:
    rows = [
        claim(patient_control_number=f"P{n}", payer_name='Ünï "Ċ"'[: 7 + n % 2].replace("Ċ", "Ç")) for n in range(9)
    ]
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), delimiter=delimiter, lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    content = mark + text.getvalue().encode(encoding)
    outcome = read(content, batch_lines=4)
    assert [{name: row[name] for name in rows[0]} for row in outcome.rows] == rows
    assert not outcome.rejects
    assert outcome.totals.warnings == warnings
    end = "\r\n".encode(encoding)
    for row in outcome.rows:
        cut = content[row["byte_start"] : row["byte_end"]]  # type: ignore[misc]
        assert cut.decode(encoding).startswith(f"{row['patient_control_number']}{delimiter}")
        assert cut.endswith(end)


def test_a_bad_line_of_a_wide_file_costs_itself_only(good: bytes) -> None:
    header, first, second, third = good.decode().splitlines(keepends=True)
    lone_surrogate = second.encode("utf-16-le").replace("CTMCD".encode("utf-16-le"), b"\x00\xd8")
    parts = [b"\xff\xfe" + header.encode("utf-16-le"), first.encode("utf-16-le"), lone_surrogate]
    content = b"".join([*parts, b"\n\0", third.encode("utf-16-le"), b"x"])
    outcome = read(content)
    assert outcome.numbers == ["P1", "P3"]
    assert [reject.reason_code for reject in outcome.rejects] == ["not_decoded", "not_decoded"]
    assert content[outcome.rejects[0].byte_start : outcome.rejects[0].byte_end] == lone_surrogate
    assert content[outcome.rejects[1].byte_start :] == b"x"
    assert outcome.totals.lines_in == 4


def test_an_endless_line_of_a_wide_file_costs_itself_only(good: bytes) -> None:
    header, first, second, third = good.decode().splitlines(keepends=True)
    endless = second.replace("CTMCD", "C" * 2 * MIB)
    content = (header + first + endless + third).encode("utf-16-le")
    outcome = read(content)
    assert outcome.numbers == ["P1", "P3"]
    (reject,) = outcome.rejects
    assert reject.reason_code == "line_too_long"
    assert content[reject.byte_start : reject.byte_end] == endless.encode("utf-16-le")


def test_undefined_bytes_of_windows_1252_cost_their_line_only(
    claim: Callable[..., Row], as_csv: Callable[..., bytes]
) -> None:
    rows = [claim(patient_control_number=f"P{n}", payer_name="Grün") for n in range(4)]
    content = as_csv(rows).decode().encode("windows-1252").replace(b"P2,1", b"P2\x81,1")
    outcome = read(content)
    assert outcome.numbers == ["P0", "P1", "P3"]
    assert [reject.reason_code for reject in outcome.rejects] == ["not_decoded"]


def test_titles_above_the_header_are_passed_over(good: bytes) -> None:
    titles = b"Claim report,\n\nPractice,Harbor,2024\n"
    outcome = read(titles + good)
    assert outcome.numbers == ["P1", "P2", "P3"]
    assert outcome.rows[0]["byte_start"] == len(titles) + good.index(b"\n") + 1
    assert outcome.rows[0]["source_line_number"] == 5
    assert outcome.totals.warnings == {"lines_above_header": 3}
    assert outcome.totals.lines_in == 3


def test_totals_know_the_header_as_delivered_and_the_rows(good: bytes) -> None:
    totals = read(good.replace(b"member_id", b" Member_ID ", 1)).totals
    assert totals.header == tuple(name if name != "member_id" else "Member_ID" for name in CLAIM_LINE_REQUIRED)
    assert totals.records_in == 3


def test_batches_hold_what_one_batch_would(good: bytes) -> None:
    assert read(good, batch_lines=1) == read(good, batch_lines=2) == read(good)


FORMS = [("utf-8", b""), ("utf-8", b"\xef\xbb\xbf"), ("utf-16-le", b"\xff\xfe"), ("utf-16-be", b"\xfe\xff")]

# Text that a CSV cell can hold: no line breaks, and no blanks at its ends, which the reader drops.
CELL = st.text(st.characters(min_codepoint=32, max_codepoint=0x2FF, exclude_characters="\x7f\x85"), max_size=12).map(
    str.strip
)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.fixed_dictionaries({name: CELL for name in (*CLAIM_LINE_REQUIRED, "payer_name", "session_id")}), max_size=6
    ),
    st.sampled_from(FORMS),
    st.sampled_from(",;\t|"),
    st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL]),
    st.sampled_from(["\n", "\r\n"]),
)
def test_what_is_written_is_read_back(
    rows: list[Row], form: tuple[str, bytes], delimiter: str, quoting: Literal[0, 1], ending: str
) -> None:
    columns = [*CLAIM_LINE_REQUIRED, "payer_name", "session_id"]
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, quoting=quoting, lineterminator=ending)
    writer.writerows([columns, *([row[name] for name in columns] for row in rows)])
    outcome = read(form[1] + text.getvalue().encode(form[0]))
    assert [[row[name] or "" for name in columns] for row in outcome.rows] == [
        [row[name] for name in columns] for row in rows
    ]
    assert not outcome.rejects


def test_lines_and_cents_add_up_whatever_is_broken(claim: Callable[..., Row], as_csv: Callable[..., bytes]) -> None:
    rows = [
        claim(patient_control_number=f"P{n}", charge_amount=f"{n * 7}.{n:02}", payer_name="A, B") for n in range(12)
    ]
    content = as_csv(rows)
    start = content.index(b"\n") + 1
    chance = random.Random(20240701)
    for _ in range(600):
        mutant = bytearray(content)
        for _ in range(chance.randint(1, 4)):
            at = chance.randrange(start, len(mutant))
            match chance.randrange(4):
                case 0:
                    mutant[at] = chance.choice(b'",\n\r\0\xff.-9a ')
                case 1:
                    del mutant[at : at + chance.randint(1, 30)]
                case 2:
                    mutant[at:at] = bytes(chance.choices(b'",\n\r\0\xff.9', k=chance.randint(1, 5)))
                case _:
                    mutant[at:at] = mutant[chance.randrange(start, len(mutant)) :][: chance.randint(1, 200)]
        outcome = read(bytes(mutant), batch_lines=chance.choice((1, 5, 100)))
        cents = [parse_cents(str(row["charge_amount"])) or 0 for row in outcome.rows if row["charge_amount"]]
        assert outcome.totals.lines_in == len(outcome.rows) + sum(reject.line_count for reject in outcome.rejects)
        assert outcome.totals.charge_in_cents == sum(cents) + sum(reject.charge_cents for reject in outcome.rejects)
        assert outcome.totals.lines_in == sum(1 for line in bytes(mutant[start:]).split(b"\n") if line.strip())
        ranges = sorted(
            [(row["byte_start"], row["byte_end"]) for row in outcome.rows]
            + [(reject.byte_start, reject.byte_end) for reject in outcome.rejects]
        )
        covered = b"".join(bytes(mutant[begin:end]) for begin, end in ranges)  # type: ignore[misc]
        assert covered.split() == bytes(mutant[start:]).split()


def test_header_names_are_told_apart_from_data() -> None:
    assert parse_header(b'\xef\xbb\xbf A ,"b",C\r\n') == ["a", "b", "c"]
    assert parse_header(b'"a\n') == []
    assert parse_header(b"\xff\n") == []
