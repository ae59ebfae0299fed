"""One service month on Spark: its part of what was made for all months, the shapes of the month, the checks over them.

What depends on a line alone is made once, over the whole lake (`is_whole`); a session, a household or a day's limits
are things of a month, on both engines.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from claims_audit.checking.catalog import Catalog
from claims_audit.checking.counting import counting_query
from claims_audit.checking.query_file import CheckFile, ViewFile
from claims_audit.warehouse.spark import SparkWarehouse


@dataclass(slots=True)
class MonthOutcome:
    """What came of the checks of one month, by check id."""

    lines_examined: dict[str, int] = field(default_factory=dict)
    lines_not_checked: dict[str, int] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    faults: dict[str, str] = field(default_factory=dict)


def whole_views(views: Sequence[ViewFile]) -> tuple[ViewFile, ...]:
    """The views that are made once for all months: history, and those by date that read no shape of a month."""
    monthly: set[str] = set()
    names = {view.name for view in views}
    for view in views:
        is_by_line = view.date_column is not None and not (view.tables & names & monthly)
        if not view.is_history and not is_by_line and view.stored_as is None:
            monthly.add(view.name)
    return tuple(view for view in views if view.stored_as is None and view.name not in monthly)


class Month:
    """One service month, from `start` to before `end`; its names are its own, so that months may run side by side."""

    def __init__(self, spark: SparkWarehouse, folder: str, settings: Mapping[str, str], start: date, end: date) -> None:
        self.start, self.end = start, end
        self.label = f"{start:%Y-%m}"
        self._folder = folder
        self._spark = spark.beside(f"{folder}/month={self.label}")
        self._spark.tune(settings)

    def borrow(self, tables: Sequence[str], whole: Sequence[ViewFile]) -> None:
        """Takes over tables as they are, and of the views over all months what belongs to this one."""
        for table in tables:
            self._spark.borrow(table)
        for view in whole:
            if view.date_column is None:
                self._spark.borrow(view.name)
                continue
            first = self.start - timedelta(days=view.days_before)
            condition = (
                f"service_month between '{first:%Y-%m}' and '{self.label}' "
                f"and {view.date_column} >= date '{first}' and {view.date_column} < date '{self.end}'"
            )
            self._spark.borrow(view.name, condition, view.columns)

    def make(self, views: Sequence[ViewFile]) -> None:
        """Makes shapes of the month, which come in an order to make them in."""
        for view in views:
            sql = view.sql
            if view.date_column is not None:
                first = self.start - timedelta(days=view.days_before)
                sql = (
                    f"select * from ({sql}) as dated "
                    f"where {view.date_column} >= date '{first}' and {view.date_column} < date '{self.end}'"
                )
            self._spark.make_table(view.name, sql)

    def put(self, name: str, frame: Any) -> None:
        """Keeps the rows of a data frame of the application under a name of the month."""
        self._spark.put(name, frame)

    def table(self, name: str) -> Any:
        """The data frame of a table or shape of the month."""
        return self._spark.session.table(name)

    def check(
        self,
        catalog: Catalog,
        checks: Sequence[CheckFile],
        params: Mapping[str, Mapping[str, object]],
        columns: Mapping[str, Mapping[str, str]],
    ) -> MonthOutcome:
        """Keeps the rows of every check below `rows/<check>/`, and counts the lines that each has looked at."""
        outcome = MonthOutcome()
        for check in checks:
            began = time.perf_counter()
            try:
                rows = self._spark.query(check.sql, params[check.check_id])
                cast = [f"cast({name} as {kind}) as {name}" for name, kind in columns[check.check_id].items()]
                place = f"{self._folder}/rows/check_id={check.check_id}/service_month={self.label}"
                rows.selectExpr(*cast).write.parquet(place)
            except Exception as error:
                if not is_fault_of_query(error):
                    raise
                # The text can carry values of rows: its kind and the month are all that is told.
                outcome.faults[check.check_id] = f"{kind_of(error)} in {self.label}"
            outcome.seconds[check.check_id] = time.perf_counter() - began
        if checks:
            counts = self._spark.session.sql(
                " union all ".join(counting_query(catalog, check) for check in checks)
            ).collect()
            outcome.lines_examined = {row.check_id: int(row.examined) for row in counts}
            outcome.lines_not_checked = {row.check_id: int(row.not_judged) for row in counts}
        return outcome


def is_fault_of_query(error: Exception) -> bool:
    """Whether an exception is Spark's word on one query; everything else, such as a lost driver, ends the run."""
    from pyspark.errors import PySparkException
    from pyspark.errors.exceptions.captured import UnknownException

    return isinstance(error, PySparkException) and not isinstance(error, UnknownException)


def kind_of(error: Exception) -> str:
    """What kind of error it is: the condition that Spark names, else the class."""
    condition = getattr(error, "getCondition", lambda: None)()
    return str(condition or type(error).__name__)
