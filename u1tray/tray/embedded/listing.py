"""What `--embedded` says once everything runs: where things are, and how to be rid of them."""

from __future__ import annotations

from u1tray.tray.desktop import activation
from u1tray.tray.embedded import cloud, manifest, reset
from u1tray.tray.embedded.plan import Services
from u1tray.tray.embedded.setup import Result
from u1tray.vocabulary import places

_STARTERS = {
    Services.BUS: "started by your session, by the two files in {directory}",
    Services.US: "started by this command, and ended with it",
}


def lines(result: Result, has_display: bool) -> list[str]:
    """The listing, one text a line."""
    found = result.manifest
    again = "runs again, as you left it" if result.was_there else "is ready"
    rows = [
        ("Cloud", found.url),
        ("Account", found.email),
        ("Password", f"in {manifest.file_path()}, for the cloud's web pages"),
        ("Services", _STARTERS[result.services].format(directory=activation.directory())),
        ("Stored in", str(cloud.directory())),
        ("Logs", str(places.log_directory())),
    ]
    said = ["", f"Your private cloud {again}.", ""]
    said += [f"  {name:<10} {value}" for name, value in rows]
    said += ["", "Made for it (u1tray --embedded --reset removes it):"]
    said += [f"  {line}" for line in reset.listing(found)]
    said.append("")
    if result.problem:
        said += [result.problem, ""]
    if not has_display:
        said.append("There is no display for an icon: the status is written here.")
    said.append("Quit the indicator, or press Ctrl-C here, to end all of it.")
    return said
