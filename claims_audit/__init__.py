"""The machinery of the audit: readers, warehouse, checking, findings and publishing.

What is audited stands outside: checks/ (schemas and gates), sql/ (tables, views, checks) and data/ (reference). In a
notebook, `claims_audit.connect()` opens the newest published snapshot.
"""

from __future__ import annotations

from claims_audit.project import VERSION
from claims_audit.publishing import connect

__version__ = VERSION
__all__ = ["__version__", "connect"]
