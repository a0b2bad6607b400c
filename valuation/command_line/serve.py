"""`valuation serve` and `valuation config`: run the service, and show how it is set."""

from __future__ import annotations

import json
import os
from typing import Annotated

import typer

from valuation.command_line import store
from valuation.command_line.terminal import result, say


def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on; by default VALUATION_HOST.")] = None,
    port: Annotated[int | None, typer.Option(help="Port; by default VALUATION_PORT.", min=1, max=65535)] = None,
    workers: Annotated[int | None, typer.Option(help="Processes; by default VALUATION_WORKERS.", min=1)] = None,
    demo: Annotated[
        bool | None, typer.Option("--demo/--no-demo", help="Let demo users in without a password, on this machine.")
    ] = None,
    bundle: Annotated[str | None, typer.Option(help="Model version to serve; by default VALUATION_BUNDLE.")] = None,
    database: store.DatabaseUrl = None,
) -> None:
    """Serve values, review and record; SIGTERM lets what is being answered end and then stops."""
    given = {"host": host, "port": port, "workers": workers, "demo": demo, "bundle": bundle, "database_url": database}
    # Workers are processes of their own and read the environment: what was given here stands there for them.
    for name, value in given.items():
        if value is not None:
            os.environ[f"VALUATION_{name.upper()}"] = str(value)
    from api.settings import read_settings
    from valuation.command_line.port import need_free_port

    settings = read_settings()
    settings.need_safe()
    need_free_port(settings.host, settings.port)
    from api.server import serve as run

    who = "demo users, on this machine only" if settings.demo else settings.oidc_issuer or "machines with a token only"
    say(f"serving {settings.address}; who comes in: {who}")
    code = run(settings)
    say("stopped" if code == 0 else "the service could not be started: the log above says why")
    raise typer.Exit(code)


def config(as_json: store.AsJson = False) -> None:
    """Show every setting of the service, where it comes from, and what is unsafe; secrets are not shown."""
    from api.configuration import told_settings

    told = told_settings(os.environ)
    if as_json:
        result(json.dumps(told.as_json(), indent=2, ensure_ascii=False))
    else:
        for line in told.lines():
            result(line)
    for problem in told.problems:
        say(problem)
    raise typer.Exit(0 if not told.problems else 3)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    for command in (serve, config):
        app.command()(command)
