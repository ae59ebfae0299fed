"""Rules over text columns that several schemas share; each returns one truth value a row."""

from __future__ import annotations

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from claims_audit.coded import is_plain

# [0-9] and not \d, which takes the digits of every script; the warehouse reads these ten only.
# What the warehouse can hold: decimal(12,2) dollars, decimal(12,3) units.
MONEY = r"-?([0-9]{1,10}(\.[0-9]{0,2})?|\.[0-9]{1,2})"
UNITS = r"([0-9]{1,9}(\.[0-9]{0,3})?|\.[0-9]{1,3})"

TAXONOMY = r"[0-9A-Z]{10}"


def matches(series: pd.Series, pattern: str) -> pd.Series:
    """Whether the whole text fits the pattern."""
    return series.str.fullmatch(pattern)


def is_printable(series: pd.Series, longest: int = 80) -> pd.Series:
    """Whether the text is printable and no longer than `longest`."""
    texts = pa.array(series, pa.large_string(), from_pandas=True)
    if isinstance(texts, pa.ChunkedArray):
        texts = texts.combine_chunks()
    if is_plain(texts):
        length = pc.binary_length(texts)
        fits = pc.and_(pc.greater(length, 0), pc.less_equal(length, longest))
        return pd.Series(fits.fill_null(False).to_numpy(zero_copy_only=False), series.index)
    return series.str.fullmatch(rf"[\x20-\x7e\xa0-\uffff]{{1,{longest}}}")


def is_date(series: pd.Series) -> pd.Series:
    """Whether the text is a day of the calendar, from 1900 to 2199."""
    shaped = series.str.fullmatch(r"(19|20|21)[0-9][0-9]-[0-9][0-9]-[0-9][0-9]")
    return shaped & pd.to_datetime(series.where(shaped), format="%Y-%m-%d", errors="coerce").notna()


def is_timestamp(series: pd.Series) -> pd.Series:
    """Whether the text is a day and a time, with or without seconds."""
    shaped = series.str.fullmatch(r"(19|20|21)[0-9][0-9]-[0-9][0-9]-[0-9][0-9] [0-9][0-9]:[0-9][0-9](:[0-9][0-9])?")
    filled = series.where(shaped)
    filled = filled.where(filled.str.len() != 16, filled + ":00")
    return shaped & pd.to_datetime(filled, format="%Y-%m-%d %H:%M:%S", errors="coerce").notna()


def in_order(start: pd.Series, end: pd.Series) -> pd.Series:
    """Whether the end is not before the start; true where either is empty. ISO text sorts as time does."""
    return start.isna() | end.isna() | (end.str[:16] >= start.str[:16])


def apart(frame: pd.DataFrame, key: list[str], start: str, end: str) -> pd.Series:
    """Whether the period of each row begins after those of the same key that stand before it in time."""
    dated = frame.assign(**{start: frame[start].fillna("0001-01-01"), end: frame[end].fillna("9999-12-31")})
    dated = dated.sort_values([start, end], kind="stable")
    # The latest end so far, as the place of that day among all: a running maximum of text is not to be had.
    dated["_end"] = dated[end].rank(method="dense")
    latest = dated.groupby([dated[name].fillna("") for name in key], sort=False)["_end"].cummax()
    before = latest.groupby([dated[name].fillna("") for name in key], sort=False).shift()
    ends = dated.drop_duplicates("_end").set_index("_end")[end]
    return (before.isna() | (before.map(ends) < dated[start])).reindex(frame.index)
