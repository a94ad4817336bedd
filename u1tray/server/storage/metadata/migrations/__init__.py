"""Alembic's migrations of the metadata, run when the program opens a data directory."""
