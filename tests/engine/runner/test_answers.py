"""Answers of the cloud are late, or of another node or cloud than was meant; none is believed more
than what the news told."""

from __future__ import annotations

import pytest

from u1tray.engine.core.values import Content, Kind, Side
from u1tray.engine.ports import Changed, RemoteNode
from u1tray.engine.runner.answers import Answers, WentBack
from u1tray.engine.store.trees import TreeStore

pytestmark = pytest.mark.core

OLD, NEW = Content(b"\x01" * 20, 1), Content(b"\x02" * 20, 2)
TOLD = 10


@pytest.fixture
def store():
    """Trees of a cloud that has told all up to a generation: a directory `d` with a file `f`."""
    trees = TreeStore.open(":memory:")
    with trees.changing():
        trees.plant("root")
        directory = trees.add(
            Side.REMOTE, trees.root(Side.REMOTE).id, "d", Kind.DIRECTORY, key="kd"
        )
        file = trees.add(Side.REMOTE, directory.id, "f", Kind.FILE, OLD, key="kf")
        for number, node in ((3, directory), (4, file)):
            trees.reach(node.id, number, None)
        trees.note("generation", str(TOLD))
    yield trees
    trees.close()


def answer(key="kn", parent_key="kd", *, generation=TOLD + 1, content=NEW) -> RemoteNode:
    """As the cloud gives it for a change."""
    return RemoteNode(key, parent_key, ("d", key), Kind.FILE, content, generation)


async def given(node: RemoteNode) -> RemoteNode:
    return node


def made(store: TreeStore, node: RemoteNode):
    with store.changing():
        return Answers(store).made(store.remote_id("kd"), "n", node)


def test_new_node_is_noted_where_it_was_made(store) -> None:
    """Until the news tell of it, the answer is all that is known."""
    found = made(store, answer())
    assert store.node(Side.REMOTE, found.id) == found
    assert (found.parent, found.name, found.content) == (store.remote_id("kd"), "n", NEW)


def test_what_was_changed_since_is_agreed_as_it_was_made(store) -> None:
    """Else the later change would count as known here, and be undone."""
    with store.changing():
        root = store.root(Side.REMOTE).id
        later = store.add(Side.REMOTE, root, "moved", Kind.FILE, OLD, key="kn")
        store.reach(later.id, TOLD + 5, None)
    found = made(store, answer())
    assert (found.id, found.name, found.content) == (later.id, "n", NEW)
    assert store.node(Side.REMOTE, later.id) == later


def test_what_was_deleted_since_is_not_there_again(store) -> None:
    """The news told of later generations, and not of it: nobody would ever tell again."""
    with store.changing():
        store.note("generation", str(TOLD + 5))
    found = made(store, answer())
    assert store.node(Side.REMOTE, found.id) is None
    assert store.remote_id("kn") is None


def test_node_in_another_directory_of_that_name_is_not_noted(store) -> None:
    """The cloud made its directory anew, because somebody deleted the one that was meant."""
    with pytest.raises(Changed):
        made(store, answer(parent_key="another"))
    assert store.remote_id("kn") is None


def test_newer_content_stays(store) -> None:
    """An upload's answer that comes after the news of a later upload."""
    number = store.remote_id("kf")
    with store.changing():
        store.reach(number, TOLD + 5, None)
        Answers(store).fill(number, NEW, answer("kf"))
    assert store.node(Side.REMOTE, number).content == OLD


def test_content_of_another_file_at_that_path_is_not_noted(store) -> None:
    """The cloud goes by paths, where a file of the same content may have come to stand."""
    number = store.remote_id("kf")
    with pytest.raises(Changed), store.changing():
        Answers(store).fill(number, NEW, answer("another"))
    assert store.node(Side.REMOTE, number).content == OLD


def test_place_that_seems_taken_is_left_to_the_news(store) -> None:
    """What stands there has left, or the cloud would have refused."""
    with store.changing():
        other = store.add(Side.REMOTE, store.remote_id("kd"), "g", Kind.FILE, OLD, key="kg")
    with pytest.raises(Changed), store.changing():
        Answers(store).place(other.id, other.parent, "f", answer("kg"))
    assert store.node(Side.REMOTE, other.id).name == "g"


@pytest.mark.parametrize(
    "late",
    [answer(generation=TOLD), answer("kf", generation=7), answer("kd", "root", generation=7)],
    ids=["unknown node", "file at another generation", "directory at another generation"],
)
async def test_change_of_a_generation_that_was_told_already_shows_an_older_cloud(
    store, late
) -> None:
    """Generations only grow (REST contract, 9) unless a backup was restored."""
    with pytest.raises(WentBack):
        await Answers(store).of(given(late))


async def test_answer_that_nothing_had_to_be_changed_is_fine(store) -> None:
    """Such as of a directory that is there already: it is as it was told."""
    known = answer("kd", "root", generation=3)._replace(kind=Kind.DIRECTORY, content=None)
    assert await Answers(store).of(given(known)) == known


async def test_answer_of_before_a_comparison_anew_does_not_count(store) -> None:
    """What it was about is not agreed on any more."""

    async def replaced() -> RemoteNode:
        with store.changing():
            store.lose_folder()
        return answer()

    with pytest.raises(Changed):
        await Answers(store).of(replaced())
