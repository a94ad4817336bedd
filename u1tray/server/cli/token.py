"""`u1server token`: the devices of an account, by the administrator."""

from __future__ import annotations

from pathlib import Path

import click

from u1tray.server.accounts import issue, register
from u1tray.server.cli.common import data_option, json_option, opened, print_json
from u1tray.server.clock import SystemClock, timestamp
from u1tray.server.storage.metadata import tokens as rows
from u1tray.vocabulary.errors import UsageError


@click.group("token")
def token_group() -> None:
    """Tokens, one for each device: list, revoke."""


@token_group.command("list")
@click.argument("email")
@data_option
@json_option
def list_tokens(email: str, directory: Path, as_json: bool) -> None:
    """List the unrevoked tokens of EMAIL."""
    with opened(directory) as cloud, cloud.database.reading() as connection:
        found = rows.unrevoked(connection, register.find(connection, email).id)
    listed = [
        {
            "id": token.id,
            "name": token.name,
            "created": timestamp(token.created_at),
            "last_used": None if token.last_used_at is None else timestamp(token.last_used_at),
        }
        for token in found
    ]
    if as_json:
        print_json(listed)
        return
    for row in listed:
        click.echo("\t".join((str(row["id"]), str(row["last_used"] or "never"), str(row["name"]))))


@token_group.command("revoke")
@click.argument("email")
@click.argument("token_id", required=False)
@click.option("--all", "revoke_all", is_flag=True, help="Revoke every token.")
@data_option
@json_option
def revoke(
    *, email: str, token_id: str | None, revoke_all: bool, directory: Path, as_json: bool
) -> None:
    """Sign out a device of EMAIL, or all of them."""
    if (token_id is None) is not revoke_all:
        message = "say which token to revoke (see `token list`), or --all"
        raise UsageError(message)
    with opened(directory) as cloud, cloud.database.writing() as connection:
        account = register.find(connection, email)
        known = [token.id for token in rows.unrevoked(connection, account.id)]
        ids = known if token_id is None else [token_id]
        for one in ids:
            issue.revoke(connection, account.id, one, SystemClock().now())
    if as_json:
        print_json({"revoked": ids, "left": len(known) - len(ids)})
        return
    click.echo(f"revoked {len(ids)} of {len(known)} tokens of {account.email}")
