"""Carries plans out: what to do next, beside what, and how each operation is done."""
