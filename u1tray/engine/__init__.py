"""The sync engine: a folder on this machine and a volume of the cloud become the same.

`core` decides, free of any input and output; the other modules observe and carry out.
"""
