"""claims-audit report: for whom, and as PDF."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from claims_audit.errors import ExitCode
from reports.pdf import PROGRAMS


def test_each_reader_has_a_file_of_their_own(own_home: Path, cli: Any) -> None:
    folder = own_home / "reports" / "latest"
    # The night writes what the house and management read; counsel's is asked for.
    assert sorted(path.name for path in folder.glob("report*.html")) == ["report-management.html", "report.html"]
    ended = cli("report", "--home", own_home, "--profile", "counsel")
    assert ended.code == ExitCode.DONE
    assert ended.out.strip().endswith("report-counsel.html")
    words = {
        "report": "Internal: contains protected health information",
        "report-counsel": "Privileged and confidential: prepared at the request of counsel",
        "report-management": "Management: no member is named, counts from 1 to 10 are hidden",
    }
    for stem, classification in words.items():
        page = (folder / f"{stem}.html").read_text(encoding="utf-8")
        assert f'<p class="classification">{classification}' in page
        assert folder.resolve().name in page
        assert (folder / f"{stem}.html").stat().st_mode & 0o077 == 0
        # In the margins of every page on paper.
        margin = page[page.index("@bottom-left") :].split("}")[0]
        assert classification.split(":")[0] in margin


def test_counsel_has_words_of_their_own(own_home: Path, cli: Any) -> None:
    header = 'Attorney work product </style><script> "of" 2026'
    ended = cli("report", "--home", own_home, "--profile", "counsel", "--privilege-header", header, "--json")
    assert ended.json["content"]["profile"] == "counsel"
    assert ended.json["content"]["classification"].startswith(header)
    page = Path(ended.json["report"]).read_text(encoding="utf-8")
    assert "Attorney work product &lt;/style&gt;" in page
    assert header not in page
    assert page.count("</style>") == 1


def test_the_header_goes_with_counsel_only(own_home: Path, cli: Any) -> None:
    ended = cli("report", "--home", own_home, "--privilege-header", "Privileged")
    assert ended.code == ExitCode.USAGE
    assert "--profile counsel" in ended.err


def test_what_management_gets_as_json_is_what_the_page_says(own_home: Path, cli: Any) -> None:
    ended = cli("report", "--home", own_home, "--profile", "management", "--json")
    content = ended.json["content"]
    assert content["profile"] == "management"
    assert "findings" not in content
    assert "dollars_at_risk" not in ended.json
    assert content["providers"]
    assert "null" in json.dumps(content["checks"])
    assert content["findings_digest"] in Path(ended.json["report"]).read_text(encoding="utf-8")


def test_all_that_was_written_is_sealed(own_home: Path, cli: Any) -> None:
    assert cli("report", "--home", own_home, "--profile", "counsel").code == ExitCode.DONE
    assert cli("verify", "--home", own_home).code == ExitCode.DONE
    page = own_home / "reports" / "latest" / "report-management.html"
    page.write_text(page.read_text(encoding="utf-8").replace("hidden", "12"), encoding="utf-8")
    assert cli("verify", "--home", own_home).code != ExitCode.DONE


def test_without_chromium_the_package_is_named(own_home: Path, cli: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    page = own_home / "reports" / "latest" / "report.html"
    before = page.stat().st_mtime_ns
    monkeypatch.setenv("CHROMIUM", "/nowhere/chromium")
    ended = cli("report", "--home", own_home, "--pdf")
    assert ended.code == ExitCode.UNAVAILABLE
    assert "Install the package chromium" in ended.err
    assert "/nowhere/chromium" in ended.err
    assert page.stat().st_mtime_ns == before


def test_a_printer_that_fails_leaves_no_half_file(own_home: Path, cli: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHROMIUM", str(shutil.which("false")))
    ended = cli("report", "--home", own_home, "--pdf")
    assert ended.code == ExitCode.IO_ERROR
    assert "report.pdf could not be printed" in ended.err
    names = [path.name for path in (own_home / "reports" / "latest").iterdir()]
    assert not [name for name in names if "pdf" in name or name.startswith(".")]


@pytest.mark.skipif(
    not any(map(shutil.which, PROGRAMS)), reason="Chromium is not installed; make test-browser needs it"
)
def test_a_pdf_is_printed(own_home: Path, cli: Any) -> None:
    ended = cli("report", "--home", own_home, "--profile", "management", "--pdf", "--json")
    printed = Path(ended.json["pdf"])
    assert printed.read_bytes().startswith(b"%PDF")
    assert printed.stat().st_mode & 0o077 == 0
    assert cli("verify", "--home", own_home).code == ExitCode.DONE
