"""`u1file whoami`: the account, the plan, the cloud."""

from __future__ import annotations

import click

from u1tray.u1file.common import json_option, open_cloud, show, silent_option


@click.command("whoami")
@silent_option
@json_option
def whoami(as_json: bool) -> None:
    """Show which account is logged in, and where."""
    with open_cloud() as cloud:
        found = cloud.account()
        url = cloud.settings.api_url
    name = f"{found.first_name} {found.last_name}".strip()
    person = f"{found.email} ({name})" if name else found.email
    value = {
        "id": found.id,
        "email": found.email,
        "name": name,
        "plan": found.current_plan,
        "cloud": url,
    }
    show(f"{person}\n{found.current_plan}\n{url}", value, as_json)
