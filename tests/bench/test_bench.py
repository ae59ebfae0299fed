"""A tiny run of the benchmark: everybody sees the same, and the page says what was measured."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bench.chart import draw
from bench.check_report import read_checks
from bench.child import measure_loading, measure_reading
from bench.data import FORMATS, PROFESSIONAL, REMITTANCE, Data, Dataset, make_data
from bench.peers import OURS, PEER, contenders_of
from bench.race import DisagreementError, compare_tallies, median_ratio, race, take_times
from bench.report import read_report, render_page, write_report
from bench.results import Result, Results
from bench.tally import Tally, tally_segments
from claims_audit.project import ROOT


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Data:
    return make_data(tmp_path_factory.mktemp("bench"), 60)


@pytest.mark.parametrize("format_code", FORMATS)
def test_everybody_sees_the_same(format_code: str, data: Data) -> None:
    contenders = contenders_of(format_code)
    seen = compare_tallies(format_code, data, contenders)
    assert set(seen) == {one.name for one in contenders}
    assert all(min(tally) > 0 for tally in seen.values())
    seconds = race(format_code, data, contenders, seen, rounds=2)
    assert {len(each) for each in seconds.values()} == {2}


def test_the_data_are_the_same_each_time(data: Data, tmp_path: Path) -> None:
    again = make_data(tmp_path, 60)
    for name in FORMATS:
        assert [path.read_bytes() for path in again.whole[name].paths] == [
            path.read_bytes() for path in data.whole[name].paths
        ]


def test_who_sees_something_else_ends_the_race(data: Data) -> None:
    ours, pyx12, *_ = contenders_of(PROFESSIONAL)
    first, *_ = data.whole[PROFESSIONAL].paths
    half = Data({PROFESSIONAL: Dataset(PROFESSIONAL, (first,))}, data.small)
    seen = compare_tallies(PROFESSIONAL, half, [ours, pyx12])
    with pytest.raises(DisagreementError, match="another number of records"):
        race(PROFESSIONAL, data, [ours, pyx12], seen, rounds=1)


def test_a_dollar_more_shows_in_the_tally(data: Data) -> None:
    ours, pyx12, *_ = contenders_of(PROFESSIONAL)
    path, *_ = data.whole[PROFESSIONAL].paths
    altered = path.with_name("altered.txt")
    altered.write_bytes(path.read_bytes().replace(b"SV1*HC:90853*60*", b"SV1*HC:90853*61*", 1))
    seen = {one.name: one.tally([place]) for one, place in ((ours, path), (pyx12, altered))}
    assert seen[pyx12.name].charge_cents - seen[ours.name].charge_cents == 100
    assert seen[pyx12.name][:3] == seen[ours.name][:3]


def test_a_claim_payment_without_services_is_a_line() -> None:
    segments = [("CLP", "10"), ("SVC", "4"), ("SVC", "6"), ("CLP", "5"), ("CLP", "7"), ("NM1", None), ("SVC", "7")]
    assert tally_segments(segments) == Tally(7, 3, 4, 2200)


def test_rounds_go_in_turn() -> None:
    order: list[str] = []
    seconds = take_times({name: lambda name=name: order.append(name) for name in "abc"}, rounds=2)
    assert "".join(order) == "abcabc"
    assert {name: len(each) for name, each in seconds.items()} == {"a": 2, "b": 2, "c": 2}


def test_ratio_is_taken_round_by_round() -> None:
    assert median_ratio([1.0, 10.0, 2.0], [4.0, 30.0, 10.0]) == 4.0


def test_memory_and_load_are_measured_in_their_own_processes(data: Data) -> None:
    paths = data.whole[REMITTANCE].paths
    ours = contenders_of(REMITTANCE)[0]
    memory = measure_reading(REMITTANCE, ours.name, paths)
    assert memory.peak >= memory.start > 0
    loaded, memory = measure_loading(REMITTANCE, paths)
    seen = ours.tally(paths)
    assert loaded[1:] == (seen.records, seen.lines, seen.charge_cents)
    assert loaded.seconds > 0
    assert memory.peak > memory.start


def made_up(name: str, role: str, seconds: tuple[float, ...], ratio: float | None) -> Result:
    return Result("837P", name, role, 3_000_000, 9_000, seconds, 200_000_000, 150_000_000, ratio)


MADE_UP = Results(
    sessions=100,
    rounds=3,
    load_rounds=1,
    machine="a machine",
    yardsticks={"837P": "theirs"},
    reading=(made_up("ours <1>", OURS, (0.1, 0.2, 0.3), 4.0), made_up("theirs", PEER, (0.6, 0.8, 1.0), 1.0)),
    loading=(made_up("into the warehouse", OURS, (1.5,), None),),
)


def test_report_shows_median_and_range_and_can_be_read_again(tmp_path: Path) -> None:
    printed = write_report(MADE_UP, tmp_path)
    assert read_report(tmp_path) == MADE_UP
    page = (tmp_path / "performance.md").read_text(encoding="utf-8")
    assert "| 837P | ours <1> | 15 | 10 to 30 | 45,000 | 4 | 200 | 50 |" in page
    assert "| 837P | into the warehouse | 2 | 2 to 2 | 6,000 |  | 200 | 50 |" in page
    assert printed.splitlines()[3].split() == [
        "837P",
        "ours",
        "<1>",
        "15",
        "10",
        "to",
        "30",
        "45,000",
        "4",
        "200",
        "50",
    ]
    chart = (tmp_path / "performance.svg").read_text(encoding="utf-8")
    bars = [float(width) for width in re.findall(r'<rect x="\d+" y="\d+" width="([\d.]+)"', chart)]
    assert "ours &lt;1&gt;" in chart
    assert bars[0] / bars[1] == pytest.approx(4, rel=0.01)


def test_the_page_in_docs_is_that_of_its_results() -> None:
    results = read_report(ROOT / "docs")
    assert (ROOT / "docs" / "performance.md").read_text(encoding="utf-8") == render_page(
        results, read_checks(ROOT / "docs")
    )
    assert (ROOT / "docs" / "performance.svg").read_text(encoding="utf-8") == draw(results.reading)
