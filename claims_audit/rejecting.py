"""What the intake asks of a schema, so that it need not know pandera: the faults of each row, without values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, Protocol

import pandas as pd
import pyarrow as pa


class RowFault(NamedTuple):
    """One reason to set one row aside. `row` counts from 0 in the frame; `column` is empty for a rule over the row."""

    row: int
    column: str
    reason_code: str
    reason: str


class RejectsRows(Protocol):
    """A schema of one table."""

    def faults(self, frame: pd.DataFrame) -> list[RowFault]:
        """Every fault of every row; an empty list if all are good."""

    def faults_of_columns(self, columns: Mapping[str, pa.DictionaryArray]) -> list[RowFault]:
        """The same of columns of text that are coded, as in coded.py."""
