"""The lake: what is loaded, as Parquet, for audits by a cluster; and what those audits found."""
