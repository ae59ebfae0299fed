"""Where the folders of the checkout are: the audit runs from its checkout, or from a copy of it in an image."""

from __future__ import annotations

from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
SQL: Final = ROOT / "sql"
REFERENCE: Final = ROOT / "data" / "reference"
VERSION: Final = "0.1.0"
