"""Compares what a service says of itself with the contract (D-Bus contract, 11.1 and 10.7)."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from dataclasses import dataclass
from pathlib import Path

CONTRACT = Path(__file__).parents[2] / "data/introspection"
_TIER = "com.ubuntuone.Contract.Tier"
_STANDARD = "org.freedesktop.DBus."


@dataclass(frozen=True)
class Member:
    """One method or signal: what must be equal, and its tier."""

    path: str
    interface: str
    kind: str
    name: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    tier: int = 0

    @property
    def shape(self):
        return (self.interface, self.kind, self.name, self.inputs, self.outputs)

    @property
    def id(self) -> str:
        return f"{self.interface}.{self.name}"


def members(xml: str, path: str = "") -> list[Member]:
    """All methods and signals (and properties, as kind `property`) an object describes."""
    node = ET.fromstring(xml)
    return [
        _member(element, interface.get("name", ""), path or node.get("name", ""))
        for interface in node.findall("interface")
        for element in interface
        if element.tag in {"method", "signal", "property"}
    ]


def _member(element: ET.Element, interface: str, path: str) -> Member:
    default = "in" if element.tag == "method" else "out"
    arguments = [
        (argument.get("direction", default), argument.get("type", ""))
        for argument in element.findall("arg")
    ]
    tier = next(
        (
            int(one.get("value", "0"))
            for one in element.findall("annotation")
            if one.get("name") == _TIER
        ),
        0,
    )
    return Member(
        path,
        interface,
        element.tag,
        element.get("name", ""),
        tuple(kind for direction, kind in arguments if direction == "in"),
        tuple(kind for direction, kind in arguments if direction == "out"),
        tier,
    )


def contract(file_name: str) -> str:
    """The contract's XML of one object, such as `'root.xml'`."""
    return (CONTRACT / file_name).read_text()


def contract_members(*file_names: str) -> list[Member]:
    """The contract's members of these objects, without the standard interfaces."""
    found = [one for name in file_names for one in members(contract(name))]
    return [one for one in found if not one.interface.startswith(_STANDARD)]


def missing(contract_xml: str, service_xml: str) -> set:
    """What the contract has and the service lacks: interfaces, members, child nodes."""
    wanted, offered = ET.fromstring(contract_xml), ET.fromstring(service_xml)
    lacking = {one.shape for one in members(contract_xml)} - {
        one.shape for one in members(service_xml)
    }
    for tag in ("interface", "node"):
        lacking |= {(tag, one.get("name")) for one in wanted.findall(tag)} - {
            (tag, one.get("name")) for one in offered.findall(tag)
        }
    return lacking


def forbidden(contract_xml: str, service_xml: str) -> set:
    """What the service has inside the contract's `com.ubuntuone.*` interfaces beyond it (10.7).

    Also Properties and ObjectManager, which no object has (section 1).
    """
    known = {one.shape for one in members(contract_xml)}
    contracted = {one.interface for one in members(contract_xml)}
    extra = {
        one.shape
        for one in members(service_xml)
        if one.interface in contracted
        and one.shape not in known
        and not one.interface.startswith(_STANDARD)
    }
    return extra | {
        one.shape
        for one in members(service_xml)
        if one.kind == "property" or one.interface.endswith((".Properties", ".ObjectManager"))
    }
