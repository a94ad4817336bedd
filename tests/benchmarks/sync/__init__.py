"""Measures file sync beside other people's programs: `python -m tests.benchmarks.sync`.

Two computers of one person, each with a home, a bus and a daemon of its own, and one cloud. Each
module of rows prepares them, measures in turn with its peers, and gives back measures; it knows
nothing of the command line. Not tests: figures need a quiet machine.
"""
