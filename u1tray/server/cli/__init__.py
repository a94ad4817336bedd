"""The command line of u1server: one module a noun."""
