"""What changed, told after the commit to every open stream of every process (REST contract, 16.2).

Rows note changes in their transaction; the database hands them over once they are committed;
the hub deals them to the streams.
"""
