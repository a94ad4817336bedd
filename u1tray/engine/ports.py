"""What the engine needs of the world: a folder, a volume of the cloud, and the time.

The engine runs on these alone, so the same code runs on a real disk and server, and in a
simulation of both. A port changes nothing when its expectation does not hold: it raises
`Changed`, and the plan is made again from what is seen then. Everything else that fails raises
the families of `vocabulary.errors`; only `OSError`s of the disk come as `DiskError`.
"""

from __future__ import annotations

import enum
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from u1tray.engine.core.values import Content, Kind
from u1tray.engine.core.values import Names as Names  # noqa: PLC0414 - for who speaks to ports
from u1tray.vocabulary.errors import U1Error


class Changed(U1Error):  # noqa: N818 - not a failure: what was expected is not so any more
    """What was expected is not so any more; nothing was changed."""


class DiskError(U1Error):
    """The disk refused: no right, full, read-only, broken. `names` says where."""

    def __init__(self, text: str, names: Names, *, is_full: bool = False) -> None:
        super().__init__(text)
        self.names = names
        self.is_full = is_full


class Stat(NamedTuple):
    """How a local file or directory was seen: enough to notice every change of its content.

    A tuple, because at every start one is made and compared for each file on either side.
    """

    kind: Kind
    device: int
    inode: int
    size: int = 0
    mtime_ns: int = 0
    ctime_ns: int = 0


class Oddity(enum.Enum):
    """Why something in a directory is left alone."""

    SYMLINK = "symbolic link"
    SPECIAL = "special file"
    OTHER_DISK = "another file system"
    IGNORED = "ignored"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class Listing:
    """What a directory holds: what can be synced, and what is left alone and why.

    `ignored` are stats of ignored files and directories, for those that are synced already.
    `was_renamed` is not so of a directory that was just made: it, or its rights, changed later
    than what is in it.
    """

    stats: dict[str, Stat]
    oddities: dict[str, Oddity]
    ignored: dict[str, Stat] = field(default_factory=dict)
    was_renamed: bool = False


class Hint(NamedTuple):
    """Something may have changed in a directory; with `is_deep`, anywhere below it.

    `is_settled` names a file that its writer just closed or moved into place. With that, or with
    `only`, it is this one name in the directory, and it is no directory.
    """

    names: Names
    is_deep: bool = False
    is_settled: str | None = None
    only: str | None = None


class Partial(Protocol):
    """A download on its way, kept outside of the folder; it survives a restart."""

    @property
    def size(self) -> int:
        """The bytes that are there."""

    async def write(self, data: bytes) -> None:
        """Add bytes. Raises DiskError."""

    async def content(self) -> Content:
        """The content of all that was written."""

    async def discard(self) -> None:
        """Remove it."""


class New(NamedTuple):
    """A whole partial file and its place, where nothing is; its time is in Unix seconds."""

    partial: Partial
    names: Names
    changed_at: float | None


class Folder(Protocol):
    """The local side of one volume."""

    async def list(self, directories: Sequence[Names]) -> Sequence[Listing | DiskError | None]:
        """Directories, in order; None where there is none, an error where it cannot be read."""

    async def glance(
        self, wanted: Sequence[tuple[Names, Sequence[str]]]
    ) -> Sequence[Listing | DiskError | None]:
        """The same of some names in directories, as if nothing else were in them."""

    async def stat(self, names: Names) -> Stat | None:
        """How something is seen now; None where nothing that can be synced is."""

    async def content(self, names: Names, stat: Stat) -> Content:
        """The content of a file. Raises Changed if it is not as in `stat` before and after."""

    async def contents(
        self, files: Sequence[tuple[Names, Stat]]
    ) -> Sequence[Content | Changed | DiskError]:
        """The contents of files, in order, and what `content` raises in the place of one."""

    def read(self, names: Names, stat: Stat, start: int) -> AsyncIterator[bytes]:
        """The bytes of a file from an offset. Raises Changed as `content`, at the latest at its
        end."""

    async def make_directory(self, names: Names) -> Stat:
        """Raises Changed where something is."""

    async def partial(self, key: str, content: Content) -> Partial:
        """The partial file of a node's content, begun earlier or new."""

    async def install(
        self, partial: Partial, names: Names, replaces: Stat | None, changed_at: float | None
    ) -> Stat:
        """Put a whole partial file in place, durably; what it replaces goes to the trash.

        Raises Changed where something else than `replaces` is.
        """

    async def install_new(self, files: Sequence[New]) -> Sequence[Stat | Changed | DiskError]:
        """The same of files where nothing is yet: all that could be are durable at the end."""

    async def move(self, names: Names, stat: Stat, target: Names) -> Stat:
        """Raises Changed where it is not as in `stat`, or something is at the target."""

    async def trash(self, names: Names, stats: dict[Names, Stat]) -> str:
        """Move a file or a whole directory to the trash; where it is there.

        Raises Changed if anything below (what is ignored apart) is not as in `stats`.
        """

    async def find_in_trash(self, wanted: Sequence[tuple[Names, Stat]]) -> Sequence[str | None]:
        """Where in a trash each thing is that was at a path and looked so; None where in none.

        Of a directory only the inode counts, and of a file all but `ctime_ns`.
        """

    async def bring_back(self, place: str, stat: Stat, names: Names) -> Stat:
        """Move something from a trash to a place.

        Raises Changed where something is there, or it is not in the trash as in `stat`.
        """

    def hints(self) -> AsyncIterator[Hint]:
        """What may have changed, as it happens. The first is of the whole folder."""


class RemoteNode(NamedTuple):
    """A node as the cloud shows it; `parent_key` is None where the answer does not tell."""

    key: str
    parent_key: str | None
    names: Names
    kind: Kind
    content: Content | None
    generation: int
    is_live: bool = True
    changed_at: float | None = None


@dataclass(frozen=True, slots=True)
class Delta:
    """All that changed after a generation, in order; `root_key` is that of the volume's root."""

    generation: int
    root_key: str
    nodes: Sequence[RemoteNode]


class Volume(Protocol):
    """The remote side of one volume, at the paths that the engine knows."""

    async def delta(self, generation: int) -> Delta:
        """What changed after a generation. Raises Changed where that is forgotten.

        After generation 0, that is everything, and the deletions that are remembered.
        """

    def tree(self) -> AsyncIterator[RemoteNode | Delta]:
        """All live nodes of one moment, parents first; last, an empty Delta of that moment."""

    async def make_directory(self, names: Names) -> RemoteNode:
        """Raises Changed where something else is; a directory that is there is returned."""

    async def upload(
        self, names: Names, content: Content, source: Source, replaces: Content | None
    ) -> RemoteNode:
        """Store a file's content. Raises Changed where not `replaces` (None: nothing) is."""

    def download(self, names: Names, content: Content, start: int) -> AsyncIterator[bytes]:
        """The bytes of a content from an offset. Raises Changed where it is another by now."""

    async def move(self, names: Names, key: str, target: Names) -> RemoteNode:
        """Raises Changed where the target is taken or the node is gone."""

    async def delete(self, names: Names, content: Content | None) -> None:
        """Delete a file of that content, or an empty directory.

        Raises Changed where none is there; the volume's news tell what was deleted.
        """

    def generations(self) -> AsyncIterator[int]:
        """The volume's generation, whenever it may have changed; the first at once."""


class Source(Protocol):
    """The bytes of an upload, from any offset, as often as an attempt needs them."""

    def read(self, start: int) -> AsyncIterator[bytes]:
        """Raises Changed when the file is another by now."""

    def progress(self, sent: int) -> None:
        """How many bytes the cloud has."""


class Clock(Protocol):
    """The time, and waiting for it."""

    def now(self) -> float:
        """Unix seconds."""

    def monotonic(self) -> float:
        """Seconds that only grow."""

    async def sleep(self, seconds: float) -> None:
        """Let a time pass."""
