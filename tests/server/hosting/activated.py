"""Becomes a program that is given listening sockets, as systemd gives them (sd_listen_fds(3)).

Words: how many, their descriptors, the command.
"""

from __future__ import annotations

import os
import sys


def main() -> None:
    count = int(sys.argv[1])
    given = [int(word) for word in sys.argv[2 : 2 + count]]
    # Out of the way first, as they may be 3 and 4 in another order.
    moved = [os.dup2(descriptor, 100 + n) for n, descriptor in enumerate(given)]
    for number, descriptor in enumerate(moved):
        os.dup2(descriptor, 3 + number)
        os.close(descriptor)
    os.environ |= {"LISTEN_PID": str(os.getpid()), "LISTEN_FDS": str(count)}
    command = sys.argv[2 + count :]
    os.execvp(command[0], command)


if __name__ == "__main__":
    main()
