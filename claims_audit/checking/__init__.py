"""Checks: SQL files with a header, gathered in a catalog and run month by month."""
