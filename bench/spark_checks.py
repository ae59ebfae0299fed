"""The three reference checks in PySpark: `python -m bench.spark_checks FOLDER ANSWER`, with the Python of .venv-spark.

It stands alone: that environment of Spark has no other library of the benchmark.
"""

from __future__ import annotations

import json
import os
import sys
import time
from functools import reduce
from operator import or_
from pathlib import Path

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as f

from bench.memory import peak_bytes
from bench.reference_checks import (
    BESIDE,
    DISTINCT,
    GROUP,
    INDIVIDUAL,
    KEYS,
    MAX_SIZE,
    MODIFIERS,
    SESSION,
    TWICE,
    as_answer,
    lines_path,
    superseded_path,
)


def find(spark: SparkSession, folder: Path) -> dict[str, list[tuple[object, ...]]]:
    """The rows of the three checks."""
    gone = spark.read.parquet(str(superseded_path(folder)))
    line = spark.read.parquet(str(lines_path(folder))).join(gone, "claim_line_id", "left_anti")
    code = f.col("procedure_code")
    is_marked = reduce(or_, (f.coalesce(f.col(name).isin(*DISTINCT), f.lit(False)) for name in MODIFIERS))
    plans: dict[str, DataFrame] = {
        SESSION: line.where(code == GROUP)
        .groupBy(*KEYS[SESSION])
        .agg(f.count_distinct("member_id").alias("members"))
        .where(f.col("members") > MAX_SIZE),
        BESIDE: line.where(code.isin(GROUP, *INDIVIDUAL) & ~is_marked)
        .groupBy(*KEYS[BESIDE])
        .agg(f.bool_or(code == GROUP).alias("group"), f.bool_or(code != GROUP).alias("other"))
        .where(f.col("group") & f.col("other")),
        TWICE: line.groupBy(*KEYS[TWICE]).count().where(f.col("count") > 1),
    }
    return {name: [tuple(row) for row in plan.select(*KEYS[name]).collect()] for name, plan in plans.items()}


def _main(folder: str, answer: str) -> None:
    spark = (
        SparkSession.builder.master("local[2]")
        .config("spark.ui.enabled", "false")
        .config("spark.driver.memory", "4g")
        .config("spark.sql.shuffle.partitions", "8")
        .config("spark.sql.session.timeZone", "UTC")
        .getOrCreate()
    )
    spark.sparkContext.setLogLevel("ERROR")
    spark.range(1000).groupBy(f.col("id") % 7).count().collect()  # the session and its threads are there
    start, cpu_start = time.perf_counter(), _cpu_seconds()
    found = find(spark, Path(folder))
    seconds, cpu_seconds = time.perf_counter() - start, _cpu_seconds() - cpu_start
    Path(answer).write_text(json.dumps(as_answer(found)), encoding="utf-8")
    peak = peak_bytes() + sum(peak_bytes(folder / "status") for folder in _java_processes())
    print(json.dumps({"seconds": seconds, "cpu_seconds": cpu_seconds, "peak_bytes": peak}))
    spark.stop()


def _java_processes() -> list[Path]:
    """Folders below /proc of what this process started, where the system has them."""
    told = [path.read_text() for path in Path("/proc/self/task").glob("*/children")]
    return [Path("/proc") / pid for text in told for pid in text.split()]


def _cpu_seconds() -> float:
    """Of this process and its Java; fields 14 and 15 of stat are ticks in user and system mode."""
    stats = [(folder / "stat").read_text().rpartition(")")[2].split() for folder in _java_processes()]
    return time.process_time() + sum(int(stat[11]) + int(stat[12]) for stat in stats) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    _main(*sys.argv[1:])
