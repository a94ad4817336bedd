"""A menu as com.canonical.dbusmenu tells it: a plain tree."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class MenuNode:
    """One entry. `label` is without mnemonic marks; `properties` are as sent."""

    id: int
    label: str
    properties: dict[str, Any]
    children: tuple[MenuNode, ...]

    @property
    def enabled(self) -> bool:
        return bool(self.properties.get("enabled", True))

    @property
    def visible(self) -> bool:
        return bool(self.properties.get("visible", True))

    @property
    def is_separator(self) -> bool:
        return self.properties.get("type") == "separator"

    def walk(self) -> Iterator[MenuNode]:
        """Every visible entry below this one, in order."""
        for child in self.children:
            if child.visible:
                yield child
                yield from child.walk()

    def find(self, text: str) -> MenuNode | None:
        """The first visible entry whose label starts with `text`."""
        return next((node for node in self.walk() if node.label.startswith(text)), None)

    def labels(self) -> list[str]:
        """The visible labels on the first level, without separators."""
        return [n.label for n in self.children if n.visible and not n.is_separator]

    def __str__(self) -> str:
        return "\n".join(self._lines(0))

    def _lines(self, depth: int) -> Iterator[str]:
        for child in self.children:
            if child.visible:
                dim = "" if child.enabled else " (off)"
                yield "  " * depth + ("---" if child.is_separator else child.label + dim)
                yield from child._lines(depth + 1)


def read_layout(layout: list[Any]) -> MenuNode:
    """The tree in a layout of GetLayout: `(ia{sv}av)`."""
    node, wrapped, children = layout
    properties = {name: variant.value for name, variant in wrapped.items()}
    label = str(properties.get("label", ""))
    plain = label.replace("__", "\0").replace("_", "").replace("\0", "_")
    return MenuNode(
        int(node), plain, properties, tuple(read_layout(child.value) for child in children)
    )
