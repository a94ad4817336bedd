"""Measures the cloud beside other people's programs: `python -m tests.benchmarks.cloud`.

Each module of rows prepares its servers, measures them in turn, and gives back measures; it
knows nothing of the command line. Not tests: figures need a quiet machine.
"""
