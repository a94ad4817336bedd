"""HTTP/1.1 as the blocking client needs it, over one socket: no pool, no retry, no redirect, no
proxy.

Written on sockets because a general library costs more processor time for a small file than all
else together, and more time to load than the rest of `u1file`.
"""
