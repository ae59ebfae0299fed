"""Whether an installation is fit to hold claims: what `claims-audit doctor` looks at."""
