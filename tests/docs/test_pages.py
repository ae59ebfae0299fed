"""What README and docs say is true of the checkout: links, tree, commands, settings, words."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from claims_audit.checking import query_file
from claims_audit.errors import ExitCode
from claims_audit.project import ROOT
from claims_audit.review.event import REASONS, Disposition
from claims_audit.settings import Settings
from tests.docs.pages import PAGES, anchors_of, commands_of, links_of, page_id, rows_of, text_of

# Commands of two words.
GROUPS = ("notify", "policy", "profile", "reference", "rejects", "review", "work-papers")
MAKE = re.compile(r"^([a-z-]+):.*##", re.MULTILINE)


@pytest.mark.parametrize("page", PAGES, ids=page_id)
def test_relative_links_lead_somewhere(page: Path) -> None:
    for link in links_of(page):
        target, _, anchor = link.partition("#")
        if re.match(r"[a-z]+:", link):
            continue
        path = (page.parent / target) if target else page
        assert path.exists(), link
        assert not anchor or anchor in anchors_of(path), link


@pytest.mark.parametrize("page", PAGES, ids=page_id)
def test_commands_parse(page: Path, cli: Callable[..., Any]) -> None:
    for arguments in commands_of(page, "claims-audit"):
        words = [word for word in arguments if not word.startswith("-")]
        command = words[: 2 if words[:1] and words[0] in GROUPS else 1]
        ended = cli(*command, "--help")
        assert ended.code == 0, arguments
        known = set(re.findall(r"(?<![\w-])--?[a-z][a-z-]*", ended.out))
        assert {word for word in arguments if word.startswith("-")} <= known, arguments


@pytest.mark.parametrize("page", PAGES, ids=page_id)
def test_make_targets_exist(page: Path) -> None:
    targets = set(MAKE.findall(text_of("Makefile")))
    for arguments in commands_of(page, "make"):
        assert {word for word in arguments if "=" not in word} <= targets, arguments


def test_readme_shows_every_command(cli: Callable[..., Any]) -> None:
    shown = {tuple(arguments) for arguments in commands_of(ROOT / "README.md", "claims-audit")}
    known = set(re.findall(r"^│ ([a-z][a-z-]+)  ", cli("--help").out, re.MULTILINE))
    assert {words[0] for words in shown if words and not words[0].startswith("-")} == known


def test_the_review_page_has_every_disposition_and_reason() -> None:
    shown = [row[0].strip("`") for row in rows_of("docs/review.md", "disposition", "says")]
    assert shown == list(Disposition)
    told = [(f"`{name}`", f"`{code}`", text) for name, codes in REASONS.items() for code, text in codes.items()]
    assert [tuple(row) for row in rows_of("docs/review.md", "disposition", "code")] == told


def test_readme_has_every_exit_code() -> None:
    assert [int(row[0]) for row in rows_of("README.md", "exit code")] == sorted(ExitCode)


def test_readme_output_is_that_of_the_sample(full_sample_run: Any) -> None:
    told = [line.split() for line in text_of("README.md").split("<!-- output of make audit -->")[1].splitlines()]
    manifest = full_sample_run.manifest
    for check in manifest["checks"]:
        numbers = (check["lines_examined"], check["lines_not_checked"], check["findings"])
        assert [check["check_id"], *check["status"].split("_"), *(f"{n:,}" for n in numbers)] in told
    whole = manifest["reconciliation"]
    classes = ("in", "loaded", "quarantined", "superseded", "duplicate", "other")
    assert ["loaded", str(len(manifest["files"])), *(f"{whole[f'lines_{name}']:,}" for name in classes)] in told
    dollars = [line[-2] for line in told if line[-1:] == ["dollars"]]
    assert dollars == [f"{float(amount):,.2f}" for amount in manifest["dollars_at_risk"].values()]
    assert full_sample_run.ended.code == 10


def test_tree_names_folders_that_exist() -> None:
    tree = text_of("README.md").split("## The tree")[1].split("```")[1]
    named = re.findall(r"^([a-z_]+/) ", tree, re.MULTILINE)
    hidden_or_made = {"build", "dist", "var", "bench", "mutants"}
    there = {
        path.name + "/"
        for path in ROOT.iterdir()
        if path.is_dir() and not path.name.startswith(".") and not path.name.endswith(".egg-info")
    }
    assert set(named) <= there
    assert there - set(named) <= {f"{name}/" for name in hidden_or_made}


def test_shipped_settings_are_the_defaults() -> None:
    told = tomllib.loads(text_of("audit.toml"))
    known = asdict(Settings())
    assert known.pop("today") is None
    told["packs"], told["backup"]["recipients"] = tuple(told["packs"]), tuple(told["backup"]["recipients"])
    assert told == known


def test_check_page_has_the_keys_and_columns_that_are_enforced() -> None:
    needed = [row[0].strip("`") for row in rows_of("docs/add_a_check.md", "key", "meaning")]
    assert set(needed) == query_file._CHECK_KEYS
    columns = [row[0].strip("`") for row in rows_of("docs/add_a_check.md", "column", "meaning")]
    assert tuple(columns) == query_file.REQUIRED_COLUMNS
    text = text_of("docs/add_a_check.md")
    others = (*query_file.OPTIONAL_COLUMNS, *query_file._CHECK_OPTIONAL_KEYS, *query_file.SEVERITIES)
    assert [name for name in (*others, *query_file.DIRECTIONS) if f"`{name}`" not in text] == []


def test_glossary_words_are_used() -> None:
    used = (
        "".join(
            path.read_text(encoding="utf-8").lower()
            for pattern in ("sql/**/*.sql", "claims_audit/**/*.py", "reports/**/*", "flows/*.py", "checks/**/*.py")
            for path in ROOT.glob(pattern)
            if path.suffix in (".sql", ".py", ".html")
        )
        + text_of("README.md").lower()
    )
    rows = [
        line.strip("| ").split(" | ")[0]
        for line in text_of("docs/glossary.md").splitlines()
        if line.startswith("| ") and not line.startswith(("| word", "| ---"))
    ]
    words = {word.split(" to ")[0].strip("` ") for row in rows for word in row.split(", ")}
    unused = {word for word in words if word.lower() not in used and word.lower().replace(" ", "_") not in used}
    assert unused == set()


def test_decisions_are_numbered_and_listed() -> None:
    records = sorted(path.name for path in (ROOT / "docs" / "decisions").glob("0*.md"))
    assert [int(name[:4]) for name in records] == list(range(1, len(records) + 1))
    assert sorted(links_of(ROOT / "docs" / "decisions" / "README.md")) == records


def test_example_of_the_policy_page_works(tmp_path: Path, cli: Callable[..., Any]) -> None:
    blocks = re.findall(r"`(\w+\.csv)`:\n\n```\n(.*?)```", text_of("docs/policy.md"), re.DOTALL)
    assert len(blocks) == 2
    (tmp_path / "policy").mkdir()
    for name, content in blocks:
        (tmp_path / "policy" / name).write_text(content)
    question = (
        "policy",
        "show",
        "--payer",
        "BLUEHARBOR",
        "--date",
        "2024-03-05",
        "--code",
        "90853",
        "--home",
        tmp_path,
    )
    rules = {rule["rule_key"]: rule for rule in cli(*question, "--json").json["rules"]}
    assert (rules["max_size"]["rule_value"], rules["max_size"]["policy_id"]) == ("12", "blueharbor-90853-max")


@pytest.mark.parametrize("page", PAGES, ids=page_id)
def test_pages_name_no_machine(page: Path) -> None:
    assert re.findall(r"/root|/home/|/work/|pypi|\N{EM DASH}", page.read_text(encoding="utf-8")) == []
