"""What every gate shares: an expectation and how it is told, and Great Expectations as the engine that judges it.

Great Expectations runs on queries inside DuckDB and answers yes or no only: its own counts come with sample values. The
numbers for the reader come from an aggregate query of our own, and nothing but numbers gets through.
"""

from __future__ import annotations

import logging
import os
import warnings
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal

import duckdb

from claims_audit.errors import LockedError, StorageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

Severity = Literal["critical", "warning"]
Status = Literal["passed", "failed", "errored"]


@dataclass(frozen=True, slots=True)
class Expectation:
    """One thing that must hold, for Great Expectations and for the reader.

    `kind` and `terms` are a class of `great_expectations.expectations` and its arguments. `measure` names aggregates
    over the subject, all numbers; they fill the braces of `observed`.
    """

    sentence: str
    severity: Severity
    kind: str
    terms: Mapping[str, Any]
    measure: Mapping[str, str]
    observed: str
    expected: str


@dataclass(frozen=True, slots=True)
class Subject:
    """Rows of one grain, as a query, and what is expected of them."""

    name: str
    query: str
    expectations: tuple[Expectation, ...]


@dataclass(frozen=True, slots=True)
class GateResult:
    """How one expectation ended, in counts and shares; the fields are the columns of gate_result."""

    expectation: str
    severity: Severity
    status_code: Status
    observed: str
    expected: str

    def __str__(self) -> str:
        told = f'"{self.expectation}": {self.observed}'
        return told if self.status_code == "errored" else f"{told}; expected {self.expected}"


@dataclass(frozen=True, slots=True)
class GateOutcome:
    """What a gate decided about a delivery."""

    gate: str
    results: tuple[GateResult, ...]

    @property
    def passed(self) -> bool:
        """Whether the delivery may go on: every critical expectation was judged and held."""
        return not self.failures

    @property
    def failures(self) -> tuple[GateResult, ...]:
        """Critical expectations that failed or are broken."""
        return tuple(r for r in self.results if r.severity == "critical" and r.status_code != "passed")

    @property
    def warnings(self) -> tuple[GateResult, ...]:
        """Other expectations that failed or are broken."""
        return tuple(r for r in self.results if r.severity == "warning" and r.status_code != "passed")

    def summary(self) -> str:
        """One line: the verdict, the first expectation behind it and by how much it was missed."""
        if not self.results:
            return f"{self.gate} gate: nothing new was delivered"
        if self.failures:
            return f"{self.gate} gate failed: {_first_of(self.failures)}"
        if self.warnings:
            return f"{self.gate} gate passed with warnings: {_first_of(self.warnings)}"
        return f"{self.gate} gate passed: {len(self.results)} expectations held"


class GateSession:
    """A warehouse file opened for one gate; made by `open_gate`."""

    def __init__(self, warehouse: Path) -> None:
        import sqlalchemy as sa

        from checks.expectations.duckdb_dialect import SCHEME

        # The path goes in beside the URL, where characters like "?" and "$" would mean something.
        self._url = f"{SCHEME}://"
        self._options = {"connect_args": {"database": str(warehouse)}, "poolclass": sa.StaticPool}
        self._engine = sa.create_engine(self._url, **self._options)
        self._source: Any = None

    def numbers(self, query: str) -> dict[str, int | float | Decimal | None]:
        """The only row of an aggregate query; anything but a number in it is an error."""
        import sqlalchemy as sa

        with self._engine.connect() as connection:
            row = connection.execute(sa.text(query)).mappings().one()
        if not all(value is None or isinstance(value, int | float | Decimal) for value in row.values()):
            raise TypeError("a measure gave something else than numbers")
        return dict(row)

    def evaluate(self, subject: Subject) -> tuple[GateResult, ...]:
        """Judges and measures all expectations about one subject; one that is broken does not stop the others."""
        try:
            verdicts = self._judge(subject)
        except Exception as error:
            verdicts = [_broken(_error_kind(error))] * len(subject.expectations)
        judged = [e for e, verdict in zip(subject.expectations, verdicts, strict=True) if isinstance(verdict, bool)]
        observed: dict[str, str] = {}
        try:
            observed = self._observe(subject, judged)
        except Exception as error:
            verdicts = [_broken(_error_kind(error)) if isinstance(verdict, bool) else verdict for verdict in verdicts]

        results = []
        for expectation, verdict in zip(subject.expectations, verdicts, strict=True):
            status: Status
            if isinstance(verdict, str):
                status, seen = "errored", verdict
            else:
                status, seen = "passed" if verdict else "failed", observed[expectation.sentence]
            results.append(GateResult(expectation.sentence, expectation.severity, status, seen, expectation.expected))
        return tuple(results)

    def _judge(self, subject: Subject) -> list[bool | str]:
        """For each expectation whether it held, or in words that it is broken."""
        source = self._great_expectations_source()  # first: a suite needs the context that comes with it
        import great_expectations as gx
        from great_expectations import expectations as library

        suite = gx.ExpectationSuite(name=subject.name)
        for position, expectation in enumerate(subject.expectations):
            kind = getattr(library, expectation.kind)
            suite.add_expectation(kind(**expectation.terms, severity=expectation.severity, meta={"position": position}))
        asset = source.add_query_asset(subject.name, query=subject.query.strip())
        batch = asset.add_batch_definition_whole_table(subject.name).get_batch()
        validation = batch.validate(suite, result_format="BOOLEAN_ONLY")

        verdicts: dict[int, bool | str] = {}
        for result in validation.results:
            raised = _raised(result.exception_info)
            verdicts[result.expectation_config.meta["position"]] = (
                _broken(_duckdb_error_in(raised)) if raised else bool(result.success)
            )
        return [verdicts[position] for position in range(len(subject.expectations))]

    def _observe(self, subject: Subject, expectations: list[Expectation]) -> dict[str, str]:
        """What was seen, by sentence; one query, since each would go through the rows again."""
        if not expectations:
            return {}
        measures = [
            f"{aggregate} as {name}_{position}"
            for position, expectation in enumerate(expectations)
            for name, aggregate in expectation.measure.items()
        ]
        found = self.numbers(f"select {', '.join(measures)} from ({subject.query}) as subject")
        return {
            expectation.sentence: expectation.observed.format_map(
                {name: _written(found[f"{name}_{position}"]) for name in expectation.measure}
            )
            for position, expectation in enumerate(expectations)
        }

    def _great_expectations_source(self) -> Any:
        """The warehouse as Great Expectations sees it; without temporary tables, which would copy the rows."""
        if self._source is None:
            import great_expectations as gx
            from great_expectations.data_context.types.base import ProgressBarsConfig

            context: Any = gx.get_context(mode="ephemeral")
            context.variables.progress_bars = ProgressBarsConfig(globally=False)
            self._source = context.data_sources.add_sql(
                "warehouse", connection_string=self._url, create_temp_table=False, kwargs=self._options
            )
        return self._source

    def close(self) -> None:
        """Lets go of the file; Great Expectations holds two engines of its own."""
        self._engine.dispose()
        if self._source is not None:
            self._source.get_engine().dispose()
            self._source.get_execution_engine().engine.dispose()


@contextmanager
def open_gate(warehouse: Path) -> Iterator[GateSession]:
    """Opens a warehouse file read-only, with the libraries quiet, and lets go of it at the end."""
    if not warehouse.is_file():
        raise StorageError(f"there is no warehouse at {warehouse}; load a delivery first")
    with _quiet_libraries():
        from sqlalchemy.exc import DBAPIError

        session = GateSession(warehouse)
        try:
            session.numbers("select 1 as opened")
        except DBAPIError as error:
            raise _cannot_open(warehouse, error) from None
        try:
            yield session
        finally:
            session.close()


@contextmanager
def _quiet_libraries() -> Iterator[None]:
    """Keeps telemetry, logs and warnings of the libraries back: their error texts quote values from claims."""
    os.environ.update(GX_ANALYTICS_ENABLED="false", DO_NOT_TRACK="1")
    loggers = [logging.getLogger(name) for name in ("great_expectations", "sqlalchemy")]
    before = [(logger, logger.propagate, logger.handlers) for logger in loggers]
    try:
        for logger in loggers:
            logger.propagate, logger.handlers = False, [logging.NullHandler()]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        for logger, propagate, handlers in before:
            logger.propagate, logger.handlers = propagate, handlers


def _cannot_open(warehouse: Path, error: Exception) -> LockedError | StorageError:
    text = str(error)
    if "Conflicting lock" in text or "different configuration" in text:
        return LockedError(f"{warehouse} is held by another process or connection; close it and run again")
    return StorageError(
        f"{warehouse} could not be opened ({_error_kind(error)}); restore it or load the deliveries again"
    )


def _raised(exception_info: Mapping[str, Any]) -> str:
    """The text of an exception inside an expectation, flat or by metric; empty if there was none."""
    reports = [exception_info] if "raised_exception" in exception_info else list(exception_info.values())
    return "".join(f"{r['exception_traceback']} {r['exception_message']}" for r in reports if r["raised_exception"])


def _broken(kind: str) -> str:
    return f"the expectation itself is broken ({kind})"


def _error_kind(error: Exception) -> str:
    """The class of an error, DuckDB's own where SQLAlchemy wrapped it; never its text, which may quote values."""
    return type(getattr(error, "orig", None) or error).__name__


def _duckdb_error_in(text: str) -> str:
    """The class of DuckDB error that a traceback ends in."""
    kinds = [name for name in vars(duckdb) if name.endswith("Exception") and name in text]
    return max(kinds, key=text.rfind, default="unexpected error")


def _written(number: float | Decimal | None) -> str:
    return "none" if number is None else f"{number:,}"


def _first_of(results: tuple[GateResult, ...]) -> str:
    more = len(results) - 1
    return f"{results[0]}; and {more} more" if more else str(results[0])
