"""Many operations in one request (REST contract, 16.4 and 16.8)."""
