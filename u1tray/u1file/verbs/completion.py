"""`u1file completion`: what makes a shell complete verbs, options and paths of the cloud."""

from __future__ import annotations

import click

from u1tray.terminal import shells
from u1tray.u1file.common import PROGRAM


@click.command("completion")
@click.argument("shell", type=click.Choice(shells.SHELLS))
def completion(shell: str) -> None:
    """Print what makes SHELL complete lines, for example: source <(u1file completion bash)"""
    click.echo(shells.script(shell, PROGRAM), nl=False)
