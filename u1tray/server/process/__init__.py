"""The processes of a server: how many, how they start, and what they may use."""
