"""One module per verb of `u1file`."""
