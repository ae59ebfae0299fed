"""truth.csv against the rules in plain Python, over the delivered files: all that is found is labelled, and no more."""

from __future__ import annotations

import itertools
from collections import Counter, defaultdict

import pytest

DISTINCT = {"59", "XE", "XS", "XP", "XU"}
REPEAT = {"76", "77"}
GROUP, MULTI_FAMILY = "90853", "90849"
FAMILY = {"90846", "90847"}
INDIVIDUAL = {"90832", "90834", "90837"}
SESSION_CODES = {GROUP, MULTI_FAMILY, *FAMILY}
TWELVE = {
    *("group_code_for_one_family", "family_group_code_for_one_family", "family_code_for_group"),
    *("mixed_codes_in_session", "undersized_group", "oversized_group", "missing_distinct_modifier"),
    *("distinct_modifier_on_wrong_line", "group_and_family_same_day", "exact_duplicate_line"),
    *("same_code_twice_in_day", "broken_claim_lifecycle"),
}
# Checks that one mistake sets off together.
PLANTED_TOGETHER = {
    frozenset(checks)
    for checks in (
        ("add_on_with_family_or_crisis", "add_on_without_primary"),
        ("oversized_group", "too_few_facilitators"),
        ("exact_duplicate_line", "units_over_limit"),
        ("same_code_twice_in_day", "units_over_limit"),
        ("whole_group_on_one_line", "units_over_limit"),
        ("broken_claim_lifecycle", "denied_but_correctable"),
        ("billed_not_attended", "documented_group_size_mismatch"),
    )
}
LEAST, MOST = 3, 10  # the default policy: what breaks only that is labelled as well


class Audit:
    """Twelve of the checks, by brute force."""

    def __init__(self, sample):
        self.lines = sample.current
        self.versions = defaultdict(list)  # lines of a claim by its number and date, whether they count or not
        for line in sample.lines:
            if line.is_readable:
                self.versions[line.payer, line.claim, line.received, line.frequency].append(line)
        self.answers = defaultdict(list)
        for service in sample.services:
            self.answers[service.payer, service.claim].append(service)
        self.rosters = defaultdict(list)
        self.of_member = defaultdict(list)
        self.family = {}
        for row in sample.attendance:
            self.rosters[row.session].append(row)
            self.of_member[row.member, row.start[:10]].append(row)
            self.family[row.member] = row.family
        for line in self.lines:
            self.family.setdefault(line.member, line.family or line.subscriber)
        self.found = Counter()

    def run(self):
        self.audit_sessions()
        self.audit_days()
        self.audit_duplicates()
        self.audit_lifecycles()
        return self.found

    def add(self, check, lines):
        keys = sorted({line.key for line in lines})
        self.found[check, ";".join(f"{claim}:{number}" for claim, number in keys)] += 1

    def session_of(self, line):
        """The key of a line's session, and how it is known."""
        if line.session:
            return line.session, "roster" if line.session in self.rosters else "session_id"
        rows = [
            row
            for row in self.of_member[line.member, line.day]
            if line.npi in row.facilitators and line.start in ("", row.start)
        ]
        assert len({row.session for row in rows}) <= 1, "a line must not match two rosters"
        if rows:
            return rows[0].session, "roster"
        if line.start:
            return (line.npi, line.start), "clock"
        person = line.member if line.code in FAMILY else ""
        return (line.npi, line.day, line.code, line.place, person), "date"

    def audit_sessions(self):
        sessions = defaultdict(list)
        for line in self.lines:
            if line.code in SESSION_CODES:
                sessions[self.session_of(line)].append(line)
        for (key, basis), lines in sessions.items():
            members = (
                {row.member for row in self.rosters[key] if row.status == "attended"}
                if basis == "roster"
                else {line.member for line in lines}
            )
            families = {self.family[member] for member in members}
            if len({line.code for line in lines}) > 1:
                self.add("mixed_codes_in_session", lines)
            by_payer = defaultdict(list)
            for line in lines:
                by_payer[line.payer, line.code].append(line)
            for (_, code), billed in by_payer.items():
                if code == GROUP and len(members) < LEAST:
                    self.add("undersized_group", billed)
                if code == GROUP and len(members) > MOST:
                    self.add("oversized_group", billed)
                if code == GROUP and len(families) == 1 and len(members) > 1:
                    self.add("group_code_for_one_family", billed)
                if code == MULTI_FAMILY and len(families) == 1:
                    self.add("family_group_code_for_one_family", billed)
                treated = {line.member for line in lines if line.code in FAMILY}
                if code in FAMILY and len(treated) >= LEAST and len(families) > 1:
                    self.add("family_code_for_group", billed)

    def start_of(self, line):
        if line.start or not line.session:
            return line.start
        return self.rosters[line.session][0].start if line.session in self.rosters else ""

    def audit_days(self):
        days = defaultdict(list)
        for line in self.lines:
            days[line.member, line.day, line.npi].append(line)
        for lines in days.values():
            groups = [line for line in lines if line.code in (GROUP, MULTI_FAMILY)]
            for one, other in itertools.product(groups, lines):
                if one.code == other.code:
                    continue
                marked = [bool(DISTINCT & set(line.modifiers)) for line in (one, other)]
                starts = [self.start_of(one), self.start_of(other)]
                is_known = all(starts) and starts[0] != starts[1]
                second = starts.index(max(starts))
                is_right = marked[second] if is_known else any(marked)
                if other.code in INDIVIDUAL and not any(marked):
                    self.add("missing_distinct_modifier", [one, other])
                elif other.code in INDIVIDUAL and not is_right:
                    self.add("distinct_modifier_on_wrong_line", [one, other])
                elif one.code == GROUP and other.code in FAMILY | {MULTI_FAMILY} and not is_right:
                    self.add("group_and_family_same_day", [one, other])

    def audit_duplicates(self):
        same = defaultdict(list)
        visits = defaultdict(list)
        for line in self.lines:
            visit = (line.payer, line.member, line.day, line.npi, line.code)
            same[*visit, line.modifiers, line.charge, line.session].append(line)
            visits[visit].append(line)
        for lines in same.values():
            if len({line.claim for line in lines}) > 1:
                self.add("exact_duplicate_line", lines)
        for (*_, code), lines in visits.items():
            is_excused = any(REPEAT & set(line.modifiers) for line in lines)
            if code in SESSION_CODES and len({(line.charge, line.session) for line in lines}) > 1 and not is_excused:
                self.add("same_code_twice_in_day", lines)

    def audit_lifecycles(self):
        chains = defaultdict(list)
        for (payer, claim, received, frequency), lines in sorted(self.versions.items()):
            chains[payer, claim].append((received, frequency, lines))
        for key, chain in chains.items():
            answers = self.answers[key]
            told = {service.payer_number for service in answers}
            originals = [lines for _, frequency, lines in chain if frequency == "1"]
            for _, frequency, lines in chain:
                number = lines[0].replaces
                if frequency != "1" and (not number or (told and number not in told)):
                    self.add("broken_claim_lifecycle", lines)
            for again in originals[1:]:
                self.add("broken_claim_lifecycle", again)
            received, frequency, last = chain[-1]
            is_kept = sum(service.paid for service in answers) > 0
            if frequency == "8" and is_kept and max(one.paid_on for one in answers if one.paid > 0) > received:
                self.add("broken_claim_lifecycle", last)
            if frequency != "8" and answers and answers[-1].status == "22":
                self.add("broken_claim_lifecycle", last)


def test_truth_is_exactly_what_twelve_rules_find(any_sample):
    labelled = Counter((row["check_id"], row["claim_lines"]) for row in any_sample.truth if row["check_id"] in TWELVE)
    assert Audit(any_sample).run() == labelled


def test_every_mistake_is_planted_several_times_over_payers_and_formats(sample):
    planted = Counter(row["check_id"] for row in sample.truth)
    assert dict(planted) == sample.summary.findings
    assert min(planted.values()) >= 2
    assert min(planted[check] for check in TWELVE) >= 4

    lines = {line.key: line for line in sample.lines}
    payers, sources = defaultdict(set), defaultdict(set)
    for row in sample.truth:
        if row["check_id"] not in TWELVE:
            continue
        for claim, number in (name.split(":") for name in row["claim_lines"].split(";")):
            payers[row["check_id"]].add(lines[claim, int(number)].payer)
            sources[row["check_id"]].add(lines[claim, int(number)].source.split(".")[-1])
    assert {check: len(found) for check, found in payers.items()} == {
        check: 3 if check == "family_group_code_for_one_family" else 4 for check in TWELVE
    }
    only_csv = {"distinct_modifier_on_wrong_line"}
    assert all(len(found) == (1 if check in only_csv else 2) for check, found in sources.items())


def test_planted_mistakes_do_not_touch(any_sample):
    """A line has several labels only where all of them are of one planted mistake."""
    of_lines = defaultdict(set)
    for row in any_sample.truth:
        for name in filter(None, row["claim_lines"].split(";")):
            of_lines[name].add(row["check_id"])
    together = {frozenset(checks) for checks in of_lines.values() if len(checks) > 1}
    assert together <= PLANTED_TOGETHER
    names = [
        (row["check_id"], name) for row in any_sample.truth for name in filter(None, row["claim_lines"].split(";"))
    ]
    assert len(names) == len(set(names))


def test_truth_names_lines_in_the_order_of_the_export(any_sample):
    for row in any_sample.truth:
        lines = [name.split(":") for name in row["claim_lines"].split(";") if name]
        names = [(claim, int(number)) for claim, number in lines]
        assert names == sorted(names)
        assert row["why"]


def test_what_breaks_only_the_default_policy_says_so(sample):
    advisory = Counter(row["check_id"] for row in sample.truth if "advisory" in row["why"])
    assert advisory == {"oversized_group": 2, "distinct_modifier_on_wrong_line": 1, "same_code_twice_in_day": 1}


def test_a_void_without_the_lifecycle_would_be_found(sample):
    """The look-alikes are real: with every version counted, the audit finds more than the truth."""
    sample_of_all_versions = type(sample)(sample.folder, sample.summary, attendance=sample.attendance)
    sample_of_all_versions.lines = [
        type(line)(**{**line.__dict__, "frequency": "1", "claim": f"{line.claim}v{line.received}"})
        for line in sample.lines
        if line.is_readable
    ]
    found = Counter(check for check, _ in Audit(sample_of_all_versions).run())
    extra = found - Counter(row["check_id"] for row in sample.truth)
    assert {"missing_distinct_modifier", "exact_duplicate_line", "oversized_group", "mixed_codes_in_session"} <= set(
        extra
    )


def test_lifecycles_break_in_every_way(sample):
    beginnings = (
        "A replacement does not name",
        "A void names the practice's own number",
        "A void names a number that the payer never gave",
        "A claim that was paid was sent again as an original, and paid again",
        "A claim that was paid was sent again as an original, and denied",
        "A claim was paid again after it was voided",
        "A payment was taken back and the claim was not paid again",
    )
    whys = [row["why"] for row in sample.truth if row["check_id"] == "broken_claim_lifecycle"]
    assert all(any(why.startswith(beginning) for why in whys) for beginning in beginnings)


@pytest.mark.parametrize("size", [3, 10])
def test_groups_at_the_limit_are_there(sample, size):
    attended = Counter(row.session for row in sample.attendance if row.status == "attended")
    absent = Counter(row.session for row in sample.attendance if row.status in ("no_show", "late_cancel"))
    groups = {row.session for row in sample.attendance if row.size}
    at_limit = [session for session in groups if attended[session] == size]
    assert len(at_limit) >= 3
    assert any(absent[session] for session in at_limit)
