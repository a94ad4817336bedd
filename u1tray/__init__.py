"""Ubuntu One again: indicator, command line, sync daemon, credentials and cloud in one package."""

__version__ = "0.1.0"
