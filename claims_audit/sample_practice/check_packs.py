"""To which pack a check belongs, as its header says."""

from __future__ import annotations

import tomllib
from functools import lru_cache

from claims_audit.project import SQL


@lru_cache(maxsize=128)
def pack_of(check_id: str) -> str:
    """Returns the pack of a check. Only its header is read: a sample has no need of a sound catalog."""
    for path in (SQL / "checks").glob(f"*/{check_id}.sql"):
        header = path.read_text(encoding="utf-8").partition("*/")[0].removeprefix("/*")
        return str(tomllib.loads(header)["pack"])
    raise ValueError(f"a mistake is labelled for {check_id}, and there is no such check")
