"""The operations of the REST contract: one module a resource, one table of routes."""
