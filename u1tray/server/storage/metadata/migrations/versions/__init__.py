"""One module a migration, never changed after a release."""
