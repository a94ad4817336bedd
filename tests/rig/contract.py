"""What the contract's XML says of a member: out types, and introspection to answer with."""

from __future__ import annotations

import functools
from pathlib import Path
from xml.etree import ElementTree

_DIRECTORY = Path(__file__).parents[2] / "data/introspection"
# Declared `v` by the real services though the wire carries the type (contract, 3.1).
_DECLARED_WRONGLY = frozenset({"StatusChanged", "UploadStarted", "DownloadStarted"})
_OURS = "None"  # sync.xml: beside the contract, and so without a path


@functools.cache
def _nodes() -> dict[str, ElementTree.Element]:
    roots = [ElementTree.parse(file).getroot() for file in sorted(_DIRECTORY.glob("*.xml"))]
    return {str(root.get("name")): root for root in roots}


@functools.cache
def out_signature(path: str, member: str) -> str:
    """The types a method returns, also of our own interface on `/`; `''` for an unknown one."""
    nodes = [node for place, node in _nodes().items() if place in (path, _OURS)]
    for node in nodes:
        for method in node.iterfind(f".//method[@name='{member}']"):
            outs = [arg for arg in method.iterfind("arg") if arg.get("direction") == "out"]
            return "".join(str(arg.get("type")) for arg in outs)
    return ""


@functools.cache
def introspection(path: str, as_real: bool) -> str | None:
    """The XML of an object, with the real services' three wrong types if `as_real`."""
    node = _nodes().get(path)
    if node is None:
        return None
    copy = ElementTree.fromstring(ElementTree.tostring(node))
    if as_real:
        for signal in copy.iterfind(".//signal"):
            if signal.get("name") in _DECLARED_WRONGLY:
                for arg in signal.iterfind("arg"):
                    arg.set("type", "v")
    return ElementTree.tostring(copy, encoding="unicode")
