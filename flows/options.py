"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

HOME = Path("var")

HomeFolder = Annotated[
    Path, Parameter(name="--home", env_var="CLAIMS_AUDIT_HOME", help="Folder that holds everything the audit keeps.")
]
AsJson = Annotated[bool, Parameter(name="--json", negative="", help="One JSON object on standard output.")]
Config = Annotated[
    Path | None, Parameter(name="--config", help="Settings file; else audit.toml of the home, else the shipped one.")
]
LakeFolder = Annotated[
    str | None,
    Parameter(name="--lake", help="Folder, or URI for Spark, of a lake that `export --parquet` has written."),
]
FailOn = Annotated[
    Literal["critical", "high", "medium", "low", "info"] | None,
    Parameter(name="--fail-on", help="Exit 20 if a finding of the run is of this severity or graver."),
]
Full = Annotated[
    bool,
    Parameter(name="--full", negative="", help="Audits every service month again, not only those that changed."),
]
