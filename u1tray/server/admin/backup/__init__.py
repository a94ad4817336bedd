"""Backups of a serving cloud, and what is made of them again. No printing here."""
