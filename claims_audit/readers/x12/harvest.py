"""What is read from an X12 file and not yet handed on: rows by table, and rejected ranges."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from claims_audit.model import POSITION_COLUMNS, TABLE_COLUMNS, RejectedRange, RowBatch

Row = tuple[object, ...]


class Harvest:
    """Rows in the layout of their table, which names their columns in order, and rejects; loops add to both lists."""

    def __init__(self, layouts: Mapping[str, tuple[str, ...]], batch_lines: int) -> None:
        self.rows: dict[str, list[Row]] = {table: [] for table in layouts}
        self.rejects: list[RejectedRange] = []
        self._layouts = layouts
        self._batch_lines = batch_lines
        self._lists = tuple(self.rows.values())

    def has_enough(self) -> bool:
        """Whether `hand_out` has something to give; asked once for every claim."""
        if self.rejects:
            return True
        enough = self._batch_lines
        for rows in self._lists:  # noqa: SIM110 - a generator would cost more than the whole claim's other questions
            if len(rows) >= enough:
                return True
        return False

    def hand_out(self) -> Iterator[RowBatch | RejectedRange]:
        """Gives the rejects and all batches that are full."""
        return self._hand_out(self._batch_lines)

    def hand_out_all(self) -> Iterator[RowBatch | RejectedRange]:
        """Gives what is left, at the end of the file."""
        return self._hand_out(1)

    def _hand_out(self, at_least: int) -> Iterator[RowBatch | RejectedRange]:
        yield from self.rejects
        self.rejects.clear()
        for table, rows in self.rows.items():
            while len(rows) >= at_least:
                yield self._make_batch(table, rows[: self._batch_lines])
                del rows[: self._batch_lines]

    def _make_batch(self, table: str, rows: list[Row]) -> RowBatch:
        """Turns rows into columns; those that the layout does not name are empty."""
        filled: dict[str, list[object]] = dict(
            zip(self._layouts[table], map(list, zip(*rows, strict=True)), strict=True)
        )
        names = TABLE_COLUMNS[table] + POSITION_COLUMNS
        return RowBatch(table, {name: filled.get(name) or [None] * len(rows) for name in names})
