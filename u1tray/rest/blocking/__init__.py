"""The blocking client: for command lines, and for programs of others (docs/python-api.md)."""
