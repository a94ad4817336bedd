"""What the engine knows, on disk: one SQLite file for each volume."""
