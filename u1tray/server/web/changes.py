"""What the forms of the file pages do: one function an action, each one transaction."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from u1tray.server.files import paths, undo, volumes
from u1tray.server.files.keys import public_id
from u1tray.server.files.operations import Address, Changed, put_node
from u1tray.server.files.preconditions import Preconditions
from u1tray.server.messages.refusals import Code, Refusal, refusal_of
from u1tray.server.messages.response import Response
from u1tray.server.web import links
from u1tray.server.web.files import address_of
from u1tray.server.web.language import N_
from u1tray.server.web.pages import redirect
from u1tray.server.web.visits import MemberVisit
from u1tray.server.web.words import Notice, of_refusal
from u1tray.vocabulary.errors import U1Error

Action = Callable[[MemberVisit], Awaitable[tuple[Notice | None, str]]]


async def change_all(visit: MemberVisit) -> Response:
    """A form of the list of volumes."""
    return await _do(visit, _OF_ALL, links.FILES)


async def change_node(visit: MemberVisit) -> Response:
    """A form about a node; `back` is the page that it was on."""
    back = links.local(visit.value("back"))
    return await _do(visit, _OF_NODE, back)


async def _do(visit: MemberVisit, actions: Mapping[str, Action], back: str) -> Response:
    """The page to go on with, which then says what happened. `""` is the page it came from."""
    action = actions.get(visit.value("action"))
    if action is None:
        raise Refusal(Code.BAD_REQUEST, "The form asks for nothing.")
    try:
        notice, location = await action(visit)
    except Refusal as refusal:
        notice, location = _fault(visit, refusal), ""
    except U1Error as error:
        meant = refusal_of(error)
        if meant is None:
            raise
        notice, location = _fault(visit, meant), ""
    if notice is not None:
        await visit.notify(notice)
    return redirect(location or back)


async def _make_directory(visit: MemberVisit) -> tuple[Notice | None, str]:
    name = _one_name(visit)
    address = address_of(visit)
    made = await _put(visit, Address(address.account_id, (*address.names, name)), kind="directory")
    if not made.is_new:
        raise Refusal(Code.PRECONDITION_FAILED, "There is something of this name.")
    return Notice(N_("The folder {name} was made."), name), ""


async def _rename(visit: MemberVisit) -> tuple[Notice | None, str]:
    name = _one_name(visit)
    names, _ = await _inside(visit)
    if not names:
        raise Refusal(Code.VOLUME_ROOT, "The root of a volume has no other name.")
    await _put(visit, address_of(visit), path=paths.inside_text((*names[:-1], name)))
    return Notice(N_("It is called {name} now."), name), ""


async def _move(visit: MemberVisit) -> tuple[Notice | None, str]:
    names, volume_path = await _inside(visit)
    into = paths.parse_inside(visit.value("into"))
    name = names[-1] if names else ""
    await _put(visit, address_of(visit), path=paths.inside_text((*into, name)))
    return Notice(N_("{name} was moved here."), name), links.files_url(
        "/".join((volume_path, *into))
    )


async def _publish(visit: MemberVisit) -> tuple[Notice | None, str]:
    changed = await _put(visit, address_of(visit), is_public=True)
    assert changed.node.public_id is not None
    prefix = visit.cloud.settings.public_url_prefix or visit.request.origin
    link = f"{prefix}/{public_id(changed.node.public_id)}"
    text = N_("Whoever has this link can download {name}:")
    return Notice(text, changed.node.name, link=link), ""


async def _unpublish(visit: MemberVisit) -> tuple[Notice | None, str]:
    changed = await _put(visit, address_of(visit), is_public=False)
    return Notice(N_("{name} is private again. Its old link leads nowhere."), changed.node.name), ""


async def _delete(visit: MemberVisit) -> tuple[Notice | None, str]:
    address = address_of(visit)
    deletion = await visit.cloud.workers.write(undo.delete_node, address, visit.now)
    return Notice(N_("{name} was deleted."), address.names[-1], undo=deletion.id), ""


async def _make_volume(visit: MemberVisit) -> tuple[Notice | None, str]:
    name = visit.value("name").strip()
    path = paths.volume_path((paths.HOME, *(part for part in name.split("/") if part)))
    if path is None:
        raise Refusal(Code.BAD_NAME, "This cannot be the name of a volume.")
    _, is_new = await visit.cloud.workers.write(volumes.ensure, visit.account.id, path, visit.now)
    if not is_new:
        raise Refusal(Code.PRECONDITION_FAILED, "There is such a volume.")
    return Notice(N_("The folder {name} was made."), path.removeprefix("~/")), ""


async def _delete_volume(visit: MemberVisit) -> tuple[Notice | None, str]:
    path = paths.volume_path(visit.value("path").split("/"))
    if path is None:
        raise Refusal(Code.NOT_FOUND, "There is no such volume.")
    workers = visit.cloud.workers
    measured = await workers.read(volumes.measure, visit.account.id, path)
    deletion = await workers.write(undo.delete_volume, visit.account.id, path, visit.now, measured)
    return Notice(N_("{name} was deleted."), path.removeprefix("~/"), undo=deletion.id), links.FILES


async def _undo(visit: MemberVisit) -> tuple[Notice | None, str]:
    number = visit.value("deletion")
    if not (number.isascii() and number.isdigit() and len(number) < 12):
        raise Refusal(Code.NOT_FOUND, "This can no longer be undone.")
    write, account_id = visit.cloud.workers.write, visit.account.id
    back = await write(undo.restore, account_id, int(number), visit.now)
    while not back.is_done:
        back = await write(undo.restore, account_id, int(number), visit.now)
    name = back.names[-1] if back.names else back.volume.path.removeprefix("~/")
    where = links.files_url(links.path_of(back.volume, back.names[:-1]))
    return Notice(N_("{name} is back."), name), where if back.names else links.FILES


_OF_ALL: Mapping[str, Action] = {
    "new-volume": _make_volume,
    "delete-volume": _delete_volume,
    "undo": _undo,
}
_OF_NODE: Mapping[str, Action] = {
    "new-folder": _make_directory,
    "rename": _rename,
    "move": _move,
    "publish": _publish,
    "unpublish": _unpublish,
    "delete": _delete,
}


def _fault(visit: MemberVisit, refusal: Refusal) -> Notice:
    return Notice(of_refusal(refusal, visit.language), is_fault=True)


def _one_name(visit: MemberVisit) -> str:
    """The name in a form. Raises Refusal `bad_name`."""
    name = visit.value("name").strip()
    if "/" in name or paths.name_fault(name) is not None:
        raise Refusal(Code.BAD_NAME, "This cannot be a name.")
    return name


async def _inside(visit: MemberVisit) -> tuple[tuple[str, ...], str]:
    """The names inside the volume, and the volume's path. Raises Refusal `not_found`."""
    address = address_of(visit)
    path = "/".join(address.names)
    volume = await visit.cloud.workers.read(volumes.containing, address.account_id, path)
    return address.names[volume.path.count("/") + 1 :], volume.path


async def _put(visit: MemberVisit, address: Address, **body: Any) -> Changed:
    """A node PUT that never replaces anything."""
    return await visit.cloud.workers.write(
        put_node,
        address,
        body,
        Preconditions(),
        may_replace=False,
        dedupes_all=False,
        now=visit.now,
    )
