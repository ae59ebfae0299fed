"""How a lake lies in its folder, and its manifest, which is written last: what it does not name is not there.

lake.json                             the manifest: what the tables are, and where they come from
tables/<export>/claim_line/service_month=2024-07/…   the big dated tables, a folder for each month
tables/<export>/payer.parquet         every other table, a file or, if it is large, a folder of files
findings/<run>/…                      what an audit found; findings.json is its manifest
work/<run>/…                          what an audit keeps while it runs
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from claims_audit.errors import ConfigurationError, NoInputError

FORMAT_VERSION: Final = 1
MANIFEST: Final = "lake.json"
FINDINGS_MANIFEST: Final = "findings.json"
# Whatever else is in a folder, we did not put it there.
KNOWN_NAMES: Final = frozenset({MANIFEST, "tables", "findings", "work", "lock", "lock.holder"})


@dataclass(frozen=True, slots=True)
class LakeTable:
    """One table of a lake."""

    path: str  # below the lake: a file, or a folder of files
    row_count: int
    byte_count: int
    columns: Mapping[str, str]  # their types in Spark's words


@dataclass(frozen=True, slots=True)
class LakeManifest:
    """What a lake holds, from which run it comes, and with which settings that run was audited."""

    format_version: int
    code_version: str
    exported_at: str  # UTC
    run_id: str  # of the published run that it was made from
    rule_set_sha: str  # the checks and views of the code that exported; an audit tells if its own differ
    policy_sha: str | None
    data_view: str
    packs: Sequence[str]
    thresholds: Mapping[str, Mapping[str, object]]
    service_months: Mapping[str, int]  # 2024-07: claim lines
    tables: Mapping[str, LakeTable]

    def as_json(self) -> str:
        """The text of lake.json."""
        return json.dumps(asdict(self), indent=2, ensure_ascii=False, sort_keys=True) + "\n"


def parse_manifest(text: str, place: str) -> LakeManifest:
    """The manifest of lake.json; raises ConfigurationError that names the place if it cannot be understood."""
    try:
        content: dict[str, Any] = json.loads(text)
        version = content["format_version"]
        if version == FORMAT_VERSION:
            tables = {name: LakeTable(**table) for name, table in content.pop("tables").items()}
            return LakeManifest(**content, tables=tables)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ConfigurationError(f"{place}: no manifest of a lake ({type(error).__name__}); export again") from None
    raise ConfigurationError(f"{place}: a lake of format {version}; this version reads {FORMAT_VERSION}, export again")


def read_manifest(lake: Path) -> LakeManifest:
    """The manifest of a lake on this machine. Raises NoInputError if there is none, or its export has not ended."""
    path = lake / MANIFEST
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise NoInputError(no_lake(lake)) from None
    return parse_manifest(text, str(path))


def no_lake(place: object) -> str:
    """What is said of a folder without a manifest."""
    return (
        f"{place}: has no {MANIFEST}, so it is no lake, or its export did not end; "
        "make it with `claims-audit export --parquet`"
    )
