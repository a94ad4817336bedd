"""The same work by several threads: results in order, failures at their turn, and an end."""

from __future__ import annotations

import contextlib
import json
import threading
from operator import itemgetter

import pytest

from tests.u1file.bare import Bare
from u1tray.rest.blocking.cloud import Cloud
from u1tray.rest.settings import CloudSettings
from u1tray.u1file.bulk.abreast import in_order
from u1tray.u1file.bulk.board import Board
from u1tray.vocabulary.errors import RefusedError

LIMIT_SECONDS = 60.0


@pytest.fixture
def cloud():
    with Cloud(CloudSettings.of("http://127.0.0.1:9"), program="tests") as made:
        yield made


@pytest.fixture
def board():
    with Board(quiet=True, as_json=False) as made:
        yield made


@pytest.mark.core
def test_results_come_in_order_though_the_first_is_the_last_to_be_done(cloud, board):
    """And each thread has a connection of its own."""
    fifth = threading.Event()

    def work(own, item):
        assert own is not cloud
        if item == 0:
            assert fifth.wait(LIMIT_SECONDS)
        if item == 5:
            fifth.set()
        return item * item

    done = list(in_order(cloud, board, 3, range(200), work))
    assert done == [(item, item * item) for item in range(200)]


@pytest.mark.core
def test_nobody_runs_far_ahead_of_what_is_given(cloud, board):
    """However many there are, few wait in memory."""
    taken = []

    def items():
        for item in range(10_000):
            taken.append(item)
            yield item

    with contextlib.closing(in_order(cloud, board, 2, items(), lambda _own, item: item)) as done:
        assert next(done) == (0, 0)
        assert len(taken) < 100
    assert len(taken) < 100


@pytest.mark.core
def test_failure_is_raised_at_its_turn_and_ends_the_rest(cloud, board):
    """What comes before it is given all the same."""
    begun, given = [], []

    def work(_own, item):
        begun.append(item)
        if item == 7:
            text = "no"
            raise RefusedError(text)
        return item

    with pytest.raises(RefusedError):
        given.extend(map(itemgetter(0), in_order(cloud, board, 4, range(1000), work)))
    assert given == list(range(7))
    assert board.stopped.is_set()
    assert len(begun) < 200


@pytest.mark.end2end
def test_verify_reads_many_at_once_and_tells_them_in_order(bare: Bare):
    """One line a file, by folder and name, whatever came first; one damaged file is named."""
    bare.log_in()
    files = {
        f"d{number % 3}__f{number:02}": b"x" * (10_000 * (30 - number)) for number in range(30)
    }
    bare.store(**files)
    told = [json.loads(line) for line in bare.done("verify", "--json", "-j", "8").splitlines()]
    paths = [f"/~/Ubuntu One/{name.replace('__', '/')}" for name in files]
    assert [one["resource_path"] for one in told] == sorted(paths)
    assert all(one["ok"] for one in told)
    again = bare.done("verify", "--json", "-j", "1", "Ubuntu One")
    assert [json.loads(line) for line in again.splitlines()] == told
    large = max(bare.cloud.data.glob("contents/??/??/*"), key=lambda place: place.stat().st_size)
    large.chmod(0o600)
    large.write_bytes(b"y" * large.stat().st_size)
    said = bare.u1file("verify")
    assert said.returncode == 1
    assert said.stdout.startswith("Damaged: ~/Ubuntu One/d0/f00: ")
    assert said.stderr.endswith("Read 30 files, 4.7 MB; 1 damaged.\n"), said.stderr


@pytest.mark.end2end
def test_folder_is_copied_many_at_once_and_equal_contents_are_read_once(bare: Bare, home):
    """The copy is the same, empty folders too; 8: no byte goes up again."""
    bare.log_in()
    bare.store(
        **{f"d{number % 3}__f{number:02}": b"%d" % (number % 5) * 1000 for number in range(40)}
    )
    bare.done("mkdir", "Ubuntu One/empty")
    bare.done("mkdir", "Ubuntu One/copies")
    bare.done("mv", "Ubuntu One/empty", "Ubuntu One/d0/empty")
    said = bare.u1file("--debug", "cp", "-r", "-j", "8", "Ubuntu One/d0", "Ubuntu One/copies")
    assert said.returncode == 0, said.stderr
    assert said.stderr.count("PUT /content") == 0
    assert sum("GET /content" in line for line in said.stderr.splitlines()) == 5
    bare.done("get", "-r", "Ubuntu One/d0", str(home / "old"))
    bare.done("diff", str(home / "old"), "Ubuntu One/copies/d0")
    refused = bare.u1file("cp", "-r", "Ubuntu One/d0", "Ubuntu One/copies")
    assert refused.returncode == 6, refused.stderr
    bare.done("diff", str(home / "old"), "Ubuntu One/copies/d0")
