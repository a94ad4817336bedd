"""Administration: health, readiness and metrics on a port of their own (REST contract, 16.7)."""
