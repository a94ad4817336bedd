"""Taking down what `--embedded` made: what its manifest lists, and nothing else.

The person's synced folder is kept unless it is empty.
"""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Callable

from u1tray.disk import files
from u1tray.rest import settings as cloud_settings
from u1tray.tray.desktop import activation, autostart
from u1tray.tray.desktop.busdaemon import BusDaemon, program_of
from u1tray.tray.desktop.programs import SYNCDAEMON
from u1tray.tray.embedded import account, manifest, plan
from u1tray.tray.embedded.manifest import Kind, Made, Manifest
from u1tray.tray.embedded.services import quit_syncdaemon
from u1tray.vocabulary import names, places
from u1tray.vocabulary.errors import U1Error

Say = Callable[[str], None]


def listing(found: Manifest) -> list[str]:
    """What would be removed, a line each."""
    return [_line(made) for made in found.made]


def remove(found: Manifest, daemon: BusDaemon | None, say: Say) -> bool:
    """Remove it all, and at last the manifest; False when something was left. Raises OSError."""
    if daemon is not None:
        _stop_services(found, daemon, say)
    elif found.token_fingerprint and not found.uses_vault:
        say("There is no session bus: credentials in the keyring stay, and are worthless now.")
    complete = True
    for made in reversed(found.made):
        try:
            _REMOVE[made.kind](made, found, daemon, say)
        except (OSError, U1Error) as error:
            complete = False
            say(f"{made.path} could not be removed: {error}")
    if complete:
        files.remove(manifest.file_path())
        autostart.refresh()
    return complete


def remove_empty_directories() -> None:
    """Take our own directories away where nothing is left in them."""
    for directory in (
        places.data_directory(),
        places.config_directory(),
        places.cache_home() / places.PROGRAM,
    ):
        with contextlib.suppress(OSError):
            directory.rmdir()


def _stop_services(found: Manifest, daemon: BusDaemon, say: Say) -> None:
    running = daemon.owner_of(names.SYNCDAEMON)
    ours = program_of(daemon.process_of(names.SYNCDAEMON)) == SYNCDAEMON if running else False
    if ours and not quit_syncdaemon(daemon):
        say("The sync daemon does not end; its files may come back.")
    if found.uses_vault:
        return  # the file that holds the credentials is removed with the rest
    try:
        stored = account.find(daemon.bus)
        if stored is not None and account.fingerprint(stored) == found.token_fingerprint:
            account.clear(daemon.bus)
    except U1Error as error:
        say(f"The stored credentials could not be removed, but are worthless now: {error.text}")
        say("To forget them, unlock the keyring and run: u1file logout")


def _remove_file(made: Made, _found: Manifest, _daemon: BusDaemon | None, say: Say) -> None:
    if files.remove(made.path):
        say(f"removed {made.path}")


def _remove_tree(made: Made, _found: Manifest, _daemon: BusDaemon | None, say: Say) -> None:
    if made.path.is_symlink():
        say(f"{made.path} is a link now and is left as it is")
    elif made.path.exists():
        shutil.rmtree(made.path)
        say(f"removed {made.path}")


def _remove_folder(made: Made, _found: Manifest, _daemon: BusDaemon | None, say: Say) -> None:
    try:
        made.path.rmdir()
        say(f"removed {made.path}, which was empty")
    except FileNotFoundError:
        pass
    except OSError:
        say(f"kept {made.path} with your files in it")


def _remove_activation(_made: Made, _found: Manifest, daemon: BusDaemon | None, say: Say) -> None:
    for line in activation.describe(activation.remove(daemon)):
        say(line)


def _remove_address(made: Made, found: Manifest, _daemon: BusDaemon | None, say: Say) -> None:
    configured = cloud_settings.load({})
    if configured is None:
        return
    if not configured.api_url.startswith(plan.OWN_HOST):
        say(f"{made.path} names another cloud by now and is left as it is")
        return
    cloud_settings.forget()
    if made.path.exists() and not made.path.read_text(encoding="utf-8").strip():
        files.remove(made.path)
    say(f"removed the cloud's address from {made.path}")


_REMOVE: dict[Kind, Callable[[Made, Manifest, BusDaemon | None, Say], None]] = {
    Kind.FILE: _remove_file,
    Kind.TREE: _remove_tree,
    Kind.FOLDER: _remove_folder,
    Kind.ACTIVATION: _remove_activation,
    Kind.CLOUD_ADDRESS: _remove_address,
}

_LINES = {
    Kind.FILE: "{path}",
    Kind.TREE: "{path} with everything in it",
    Kind.FOLDER: "{path} only if it is empty: your files are kept",
    Kind.ACTIVATION: "the two service files in {path}",
    Kind.CLOUD_ADDRESS: "the cloud's address in {path}",
}


def _line(made: Made) -> str:
    return _LINES[made.kind].format(path=made.path)
