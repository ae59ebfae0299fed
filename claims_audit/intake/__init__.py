"""From files to rows of the warehouse: one transaction per file, nothing lost."""
