"""`u1file`: the cloud from a terminal, one module per verb."""
