"""Renders what an audit found: content.py builds one value, the other modules write it as a page, workbook or table."""
