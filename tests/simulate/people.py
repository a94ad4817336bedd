"""What people do to their folders."""

from __future__ import annotations

import asyncio

from tests.simulate.devices import Device
from tests.simulate.hazards import happens
from tests.simulate.kept import Kept
from tests.simulate.world import World
from u1tray.engine.core.values import Kind

NAMES = ("a", "b", "c", "d")


class People:
    """They change files by chance, and know what they gave up."""

    def __init__(self, world: World, kept: Kept) -> None:
        self._world = world
        self._kept = kept

    def change(self, device: Device) -> None:
        """Somebody makes, edits, moves or deletes one thing, or means to."""
        disk, chance = device.disk, self._world.chance
        if disk.root is None:
            return
        directories = [(), *disk.walk(Kind.DIRECTORY)]
        parent, name = chance.choice(directories), chance.choice(NAMES)
        names = (*parent, name)
        everything = disk.walk()
        chosen = chance.choice(everything) if everything else None
        action = chance.choice(("write", "write", "save", "directory", "edit", "move", "delete"))
        is_free = disk.find(names) is None
        if action in ("write", "directory") and is_free:
            if action == "write":
                disk.write(names, self._kept.new(chance))
            else:
                disk.make_directory(names)
        elif action in ("edit", "save") and chosen and disk.find(chosen).kind is Kind.FILE:
            self._kept.give_up(device, chosen)
            if action == "save":
                disk.save_atomically(chosen, self._kept.new(chance))
            elif happens(self._world.fate, self._world.hazards.sly):
                disk.overwrite(chosen, self._kept.new_like(disk.find(chosen).data))
            else:
                disk.write(chosen, self._kept.new(chance))
            names = chosen
        elif action == "move" and chosen and is_free and names[: len(chosen)] != chosen:
            disk.move(chosen, names)
        elif action == "delete" and chosen:
            self._kept.give_up(device, chosen)
            disk.delete(chosen)
            names = chosen
        else:
            return
        self._world.note(f"{device.name}: {action} {'/'.join(chosen or ())} {'/'.join(names)}")

    def burst(self, device: Device) -> None:
        """Many files are written into one directory at once."""
        if device.disk.root is None:
            return
        fate = self._world.fate
        parent = fate.choice([(), *device.disk.walk(Kind.DIRECTORY)])
        for number in range(fate.randint(3, 15)):
            names = (*parent, f"{number}")
            found = device.disk.find(names)
            if found is None or found.kind is Kind.FILE:
                if found is not None:
                    self._kept.give_up(device, names)
                device.disk.write(names, self._kept.new(fate))
        self._world.note(f"{device.name}: many files in {'/'.join(parent)}")

    async def dwindle(self, device: Device) -> None:
        """Somebody deletes file after file."""
        fate = self._world.fate
        for names in device.disk.walk(Kind.FILE) if device.disk.root is not None else ():
            node = device.disk.find(names)
            if node is not None and node.kind is Kind.FILE:
                self._kept.give_up(device, names)
                device.disk.delete(names)
                self._world.note(f"{device.name}: delete {'/'.join(names)}")
            await asyncio.sleep(fate.choice((0.0, 0.6, 2.0, 12.0)))
