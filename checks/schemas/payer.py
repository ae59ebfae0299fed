"""A payer of the shipped list or of the user's own `<home>/policy/*.csv`."""

from __future__ import annotations

import pandas as pd
import pandera.pandas as pa
from pandera.typing import Series

from checks.schemas import text


class PayerSchema(pa.DataFrameModel):
    """One row a payer, all columns as text; empty is null."""

    class Config:
        name = "payer"
        strict = True

    payer_id: Series[str] = pa.Field(unique=True)
    payer_name: Series[str]
    program: Series[str] = pa.Field(nullable=True)
    state: Series[str] = pa.Field(nullable=True)
    product: Series[str] = pa.Field(nullable=True)

    @pa.check("payer_id", "payer_name", "program", "state", "product", name="not_text")
    def is_text(cls, series: pd.Series) -> pd.Series:
        return text.is_printable(series)
