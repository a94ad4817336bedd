"""Contents beside the database, by SHA-256: one module a kind of store, one protocol for all."""
