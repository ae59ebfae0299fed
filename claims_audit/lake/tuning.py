"""How a query is run depends on how much there is: of few lines nothing is worth compiling or parting.

By far the most time of a small month goes into planning and compiling a hundred queries; of a large one, into its rows.
"""

from __future__ import annotations

from typing import Final

# Lines in one part of a shuffle: some hundred bytes each, with room for the columns that views add.
_LINES_PER_PART: Final = 500_000
# Below, a query takes longer to compile than to interpret.
_LINES_WORTH_COMPILING: Final = 200_000


def query_settings(lines: int, cores: int) -> dict[str, str]:
    """Spark's settings for queries over so many claim lines, on a cluster of so many cores."""
    is_large = lines >= _LINES_WORTH_COMPILING
    parts = max(-(-lines // _LINES_PER_PART), cores if is_large else min(cores, 2))
    return {
        "spark.sql.shuffle.partitions": str(parts),
        "spark.sql.codegen.wholeStage": str(is_large).lower(),
        "spark.sql.codegen.factoryMode": "FALLBACK" if is_large else "NO_CODEGEN",
    }
