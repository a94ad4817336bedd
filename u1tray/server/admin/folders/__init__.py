"""Whole folders into an account and out of it, by the administrator. No printing here."""
