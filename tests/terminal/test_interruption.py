"""Ctrl-C at the worst moments: each was seen to make Python programs hang, or go on."""

from __future__ import annotations

import signal
import sys
from pathlib import Path

import pytest

from tests.rig.processes import Process, Processes

pytestmark = pytest.mark.core

# A program of one verb, which says when it is ready and holds a file to be taken away.
PROGRAM = """
import gc, os, queue, signal, socket, sys, threading, time, weakref
import click
from u1tray.terminal import boundary, interruption

held = sys.argv[1]

def take_away():
    if os.path.exists(held):
        os.unlink(held)

def ready():
    print("ready", flush=True)

def signalled_elsewhere():
    '''As if the signal came right before the wait: it is handled, and the wait goes on.'''
    signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGINT])
    stat, seen = f"/proc/self/task/{os.getpid()}/stat", 0
    while seen < 100:  # it does not only wait for its turn
        seen = seen + 1 if open(stat).read().rpartition(")")[2].split()[0] == "S" else 0
    ready()
    signal.pthread_kill(threading.get_ident(), signal.SIGINT)

def for_ever():
    threading.Event().wait()

@click.group()
def cli():
    pass

@cli.command()
def verb():
    open(held, "x").close()
    with boundary.cleaned(take_away):
        work()

{work}

sys.exit(boundary.run(cli, "program", ["verb"]))
"""
WAITS = {
    "join": "x = threading.Thread(target=for_ever, daemon=True)\nx.start()\nx.join()",
    "queue": "queue.SimpleQueue().get()",
    "receive": "ours, theirs = socket.socketpair()\nours.recv(1)",
    "sleep": "time.sleep(600)",
}
SWALLOWING = {
    "callback": "weakref.ref(Thing(), lambda _: signal.raise_signal(signal.SIGINT))",
    "collection": """
def collected(phase, info):
    gc.callbacks.remove(collected)
    signal.raise_signal(signal.SIGINT)
gc.callbacks.append(collected)
gc.collect()""",
    "destructor": "Thing.__del__ = lambda self: signal.raise_signal(signal.SIGINT)\nThing()",
}
LEFT_LOCKED = """
def work():
    lock = threading.Lock()
    lock.acquire()
    try:
        ready()
        for_ever()
    finally:
        print("stuck", flush=True)
        lock.acquire()
"""
BROKEN = """
def work():
    try:
        ready()
        for_ever()
    finally:
        threading.Lock().release()
"""


IN_A_LIBRARY = """
import ctypes
wake = signal.pthread_kill

def noted(thread, number):
    os.write(2, b"woken\\n")
    wake(thread, number)

signal.pthread_kill = noted

def work():
    lock, library = ctypes.create_string_buffer(64), ctypes.CDLL(None)
    library.pthread_mutex_lock(lock)
    ready()
    library.pthread_mutex_lock(lock)
"""


def indented(lines: str) -> str:
    return "\n".join(f"    {line}" for line in lines.strip().splitlines())


def program(started: Processes, held: Path, work: str, *, grace_seconds: float = 5) -> Process:
    text = PROGRAM.replace("{work}", f"interruption.GRACE_SECONDS = {grace_seconds}\n{work}")
    return started.start(sys.executable, "-c", text, str(held))


def check_ended(process: Process, held: Path, code: int = 130) -> None:
    assert process.wait() == code, process.output
    assert not held.exists()
    assert "Traceback" not in process.output
    assert "ignored" not in process.output
    assert "Unforeseen" not in process.output


@pytest.mark.parametrize("wait", sorted(WAITS))
def test_signal_right_before_a_wait_ends_it(started: Processes, home: Path, wait: str):
    """Python handles it as soon as the wait ends: that would be never."""
    work = f"""
def work():
    threading.Thread(target=signalled_elsewhere, daemon=True).start()
{indented(WAITS[wait])}
"""
    check_ended(program(started, home / "held", work, grace_seconds=600), home / "held")


@pytest.mark.parametrize("where", sorted(SWALLOWING))
def test_signal_that_python_forgets_ends_the_program(started: Processes, home: Path, where: str):
    """`Exception ignored in ...` would be printed, and nothing more happen."""
    work = f"""
class Thing:
    pass

def work():
{indented(SWALLOWING[where])}
    for_ever()
"""
    check_ended(program(started, home / "held", work, grace_seconds=600), home / "held")


def test_lock_left_taken_does_not_keep_the_program(started: Processes, home: Path):
    """After the time of grace it ends all the same, and leaves nothing."""
    process = program(started, home / "held", LEFT_LOCKED, grace_seconds=0.5)
    process.wait_for_line("ready")
    process.signal(signal.SIGINT)
    check_ended(process, home / "held")


def test_library_that_never_returns_is_not_waited_for(started: Processes, home: Path):
    """As libdbus in a call: the main thread will not notice, however often it is woken."""
    process = program(started, home / "held", IN_A_LIBRARY, grace_seconds=600)
    process.wait_for_line("ready")
    process.signal(signal.SIGINT)
    check_ended(process, home / "held")
    assert 0 < process.output.count("woken") < 100


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_second_signal_ends_at_once(started: Processes, home: Path, number: signal.Signals):
    """With the exit code of the first; whatever it still tidies up."""
    process = program(started, home / "held", LEFT_LOCKED, grace_seconds=600)
    process.wait_for_line("ready")
    process.signal(signal.SIGINT)
    process.wait_for_line("stuck")
    process.signal(number)
    check_ended(process, home / "held")


def test_error_that_comes_of_a_signal_is_not_told(started: Processes, home: Path):
    """In the middle of a lock it leaves that in disorder: `release unlocked lock`."""
    process = program(started, home / "held", BROKEN)
    process.wait_for_line("ready")
    process.signal(signal.SIGINT)
    check_ended(process, home / "held")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_other_signals_end_it_likewise(started: Processes, home: Path, number: signal.Signals):
    """128 and the signal's number, as shells say it."""
    work = "def work():\n    ready()\n    for_ever()"
    process = program(started, home / "held", work)
    process.wait_for_line("ready")
    process.signal(number)
    check_ended(process, home / "held", 128 + number)


def test_signal_while_it_is_set_up_is_heeded(started: Processes, home: Path):
    """From the first handler on, all of it is within the boundary."""
    work = """
set_handler = signal.signal

def interrupted(number, handler):
    before = set_handler(number, handler)
    if number == signal.SIGHUP:
        signal.raise_signal(signal.SIGINT)
    return before

signal.signal = interrupted
"""
    check_ended(program(started, home / "held", work), home / "held")


def test_ignored_signal_stays_ignored(started: Processes, home: Path):
    """As `nohup` wants it."""
    work = """
def work():
    os.kill(os.getpid(), signal.SIGHUP)
    print("goes on", flush=True)
"""
    text = "import signal\nsignal.signal(signal.SIGHUP, signal.SIG_IGN)\n"
    text += PROGRAM.replace("{work}", work)
    process = started.start(sys.executable, "-c", text, str(home / "held"))
    assert process.wait() == 0, process.output
    assert "goes on" in process.output


def test_result_that_was_there_is_not_lost(started: Processes, home: Path):
    """What was printed before the signal comes out, also into a pipe."""
    work = """
def work():
    threading.Thread(target=for_ever).start()  # Python itself would wait for it
    print("the result")
    os.kill(os.getpid(), signal.SIGINT)
"""
    text = PROGRAM.replace("{work}", work)
    done = started.run(sys.executable, "-c", text, str(home / "held"))
    assert (done.returncode, done.stdout) == (130, "the result\n"), done.stderr


def test_nothing_is_left_behind_a_verb_that_ends_well(started: Processes, home: Path):
    """Handlers, thread and pipe go; the exit code is the verb's."""
    work = """
def work():
    pass

before = signal.getsignal(signal.SIGINT), sys.unraisablehook, len(os.listdir("/proc/self/fd"))
assert boundary.run(cli, "program", ["verb"]) == 0
while threading.active_count() > 1:
    pass
assert before == (
    signal.getsignal(signal.SIGINT), sys.unraisablehook, len(os.listdir("/proc/self/fd"))
)
assert signal.set_wakeup_fd(-1) == -1
"""
    process = program(started, home / "held", work)
    check_ended(process, home / "held", 0)
