"""Metadata: the schema, its migrations, and plain SQL over it. No rules of the contract here."""
