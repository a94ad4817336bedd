"""Finds damage in a cloud, names it, and mends it. No printing here."""
