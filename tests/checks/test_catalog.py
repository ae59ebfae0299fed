"""A check or view that is not well formed stops the audit before it begins, in one line that names the file."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from claims_audit.checking.catalog import Catalog, read_catalog
from claims_audit.errors import ConfigurationError, ExitCode

VIEW = """/*
grain   = ["claim_line_id"]
comment = "Lines that count."
*/
select claim_line_id, payer_id, member_id, date_of_service, procedure_class, is_room_known from claim_line
"""
CHECK = '''/*
title     = "A line"
rule      = "R99"
pack      = "core"
severity  = "low"
direction = "documentation"
subject   = "counted_line"
examines  = ["group"]
checkable = "is_room_known"
lacking   = "no roster"
grain     = ["member_id"]
finding   = "{line_count} lines."
action    = "Look."
rationale = """
Because.
"""
traps     = ["None."]
reference = "RULES R99"
*/
select
    member_id,
    min(payer_id) as payer_id,
    min(date_of_service) as date_of_service,
    'C1' as certainty,
    'no_policy' as verdict,
    cast(null as varchar) as policy_id,
    0 as exposure_amount,
    string_agg(concat(claim_line_id, ':0'), ';') as claim_lines,
    count(*) as line_count
from counted_line
group by member_id
'''
Write = Callable[..., Catalog]


@pytest.fixture
def catalog_of(tmp_path: Path) -> Write:
    """Writes one view and one check, changed as told, and reads them."""

    def write(view: str = VIEW, check: str = CHECK, **more: str) -> Catalog:
        texts = {"views/counted_line": view, "checks/odd/odd_line": check} | more
        for name, text in texts.items():
            path = tmp_path / f"{name}.sql"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return read_catalog(tmp_path)

    return write


def test_a_sound_check_says_what_it_is(catalog_of: Write) -> None:
    (check,) = catalog_of().checks
    assert (check.check_id, check.family, check.rule, check.grain) == ("odd_line", "odd", "R99", ("member_id",))
    assert check.tables == {"counted_line"}
    assert check.evidence_columns == ("line_count",)
    assert check.rationale == "Because."


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("/*", "--", "no /* ... */ header"),
        ('title     = "A line"', 'title = "A line', "the header is not TOML"),
        ('title     = "A line"\n', "", "the header lacks title"),
        ('title     = "A line"', 'titel = "A line"\ntitle = "A line"', "unknown keys titel"),
        ('pack      = "core"', 'pack = "odd"', "pack is none of"),
        ('lacking   = "no roster"\n', "", "give both"),
        (
            'lacking   = "no roster"\n',
            'lacking = "no roster"\nmarks = ["claim_id"]\n',
            "marks claim_id: of a claim line",
        ),
        (
            'grain     = ["member_id"]',
            'grain = ["member_id"]\nparams = { most = 3 }',
            "$names of the SELECT differ: most",
        ),
        ("0 as exposure_amount", "$most as exposure_amount", "$names of the SELECT differ: most"),
        ('severity  = "low"', 'severity = "grave"', "severity is none of"),
        ('direction = "documentation"', 'direction = "sideways"', "direction is none of"),
        ('subject   = "counted_line"', 'subject = "claim"', "its subject claim is no view"),
        ('checkable = "is_room_known"', 'checkable = "is_known"', "lacks is_known"),
        ('grain     = ["member_id"]', "grain = []", "grain is empty"),
        ('grain     = ["member_id"]', 'grain = ["session_key"]', "the SELECT lacks session_key"),
        ("    'C1' as certainty,\n", "", "the SELECT lacks certainty"),
        ("{line_count} lines.", "{lines} lines.", "names columns that the SELECT lacks: lines"),
        ("select\n", "selekt\n", "the SQL cannot be parsed|one SELECT is wanted"),
        ("group by member_id", "group by member_id; select 1", "2 statements"),
        ("select\n    member_id", "delete from counted_line; select\n    member_id", "2 statements"),
    ],
)
def test_a_malformed_check_is_named_with_its_fault(catalog_of: Write, old: str, new: str, fault: str) -> None:
    assert CHECK.count(old) >= 1
    with pytest.raises(ConfigurationError, match=rf"odd_line\.sql: .*({re_literal(fault)})") as raised:
        catalog_of(check=CHECK.replace(old, new, 1))
    assert raised.value.exit_code is ExitCode.CONFIGURATION


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ('comment = "Lines that count."\n', "", "the header lacks comment"),
        ("grain ", "grian = []\ngrain ", "unknown keys grian"),
        ("select claim_line_id", "insert into claim_line select claim_line_id", "one SELECT is wanted"),
    ],
)
def test_a_malformed_view_is_named_with_its_fault(catalog_of: Write, old: str, new: str, fault: str) -> None:
    with pytest.raises(ConfigurationError, match=rf"counted_line\.sql: .*{fault}"):
        catalog_of(view=VIEW.replace(old, new, 1))


def test_every_check_over_claim_lines_says_which_cells_it_is_about() -> None:
    # A session that was attended and never billed has no claim line to show.
    assert [check.check_id for check in read_catalog().checks if not check.marks] == ["attended_not_billed"]


def test_views_that_read_each_other_are_refused(catalog_of: Write) -> None:
    header = '/*\ngrain = ["a"]\ncomment = "Half of a circle."\n*/\n'
    with pytest.raises(ConfigurationError, match=r"in a circle.*(one|two)"):
        catalog_of(**{"views/one": f"{header}select a from two", "views/two": f"{header}select a from one"})


def test_two_checks_of_one_name_are_refused(catalog_of: Write) -> None:
    with pytest.raises(ConfigurationError, match="two checks are called odd_line"):
        catalog_of(**{"checks/other/odd_line": CHECK})


def test_a_view_stands_after_those_that_it_reads(catalog_of: Write) -> None:
    header = '/*\ngrain = ["claim_line_id"]\ncomment = "First by name, last by need."\n*/\n'
    catalog = catalog_of(**{"views/aaa": f"{header}select claim_line_id from counted_line"})
    assert [view.name for view in catalog.views] == ["counted_line", "aaa"]


def test_an_unknown_check_is_answered_with_the_known_ones(catalog_of: Write) -> None:
    with pytest.raises(ConfigurationError, match="no check 'even_line'; there are odd_line"):
        catalog_of().check("even_line")


def test_the_digest_changes_with_any_text(catalog_of: Write) -> None:
    before = catalog_of().sha256
    assert catalog_of().sha256 == before
    assert catalog_of(check=CHECK.replace("Look.", "Look twice.")).sha256 != before


def re_literal(fault: str) -> str:
    """The fault as a pattern; a bar between two faults stays a choice."""
    return "|".join(re.escape(part) for part in fault.split("|"))
