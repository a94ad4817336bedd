"""`u1sync`: the sync daemon from a terminal and for status bars. A program: nothing imports it."""
