"""`valuation token`: which machines may come in? Made, listed and revoked here, by whoever may reach the database."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from valuation.command_line import store
from valuation.command_line.terminal import result, say
from valuation.errors import WrongUse

if TYPE_CHECKING:
    from valuation.access.api_token import ApiToken
    from valuation.adapters.sql_store.access import SqlAccess

token_app = typer.Typer(help="Give a machine access to the service, and take it away.", no_args_is_help=True)
session_app = typer.Typer(help="End sessions of people who are signed in.", no_args_is_help=True)


@token_app.command()
def create(
    name: Annotated[str, typer.Argument(help="Of the machine, such as tax-system.")],
    role: Annotated[list[str], typer.Option("--role", help="A role; may be given several times.")],
    days: Annotated[int, typer.Option(help="How long it lasts.", min=1, max=366)] = 90,
    district: Annotated[
        list[str] | None, typer.Option("--district", help="A market area it may see; by default all of them.")
    ] = None,
    database: store.DatabaseUrl = None,
    as_json: store.AsJson = False,
) -> None:
    """Make a token, print it once, and keep its hash."""
    from valuation.access.api_token import new_token

    secret, kept = new_token(
        name,
        frozenset(role),
        now=datetime.now(UTC),
        by=store.user(),
        days=days,
        districts=frozenset(district) if district else None,
    )
    _access(database).add_token(kept)
    result(json.dumps(_told(kept) | {"token": secret}, indent=2, ensure_ascii=False) if as_json else secret)
    say(f"{kept.token_id}: {name} may come in as {', '.join(sorted(kept.roles))} until {kept.expires_at:%Y-%m-%d}")
    say("This is the only time the token is shown: put it where the machine keeps its secrets")
    say('Next: curl -H "Authorization: Bearer TOKEN" ADDRESS/api/v1/me')


@token_app.command(name="list")
def list_tokens(database: store.DatabaseUrl = None, as_json: store.AsJson = False) -> None:
    """List all tokens, the revoked and expired ones too."""
    tokens = _access(database).tokens()
    if as_json:
        result(json.dumps([_told(token) for token in tokens], indent=2, ensure_ascii=False))
        return
    for token in tokens:
        told = _told(token)
        districts = "all" if told["districts"] is None else ",".join(told["districts"])
        used = told["last_used_at"] or "never used"
        result(
            f"{token.token_id}  {told['state']:8}  {token.name:24}  {','.join(told['roles'])}  {districts}"
            f"  until {token.expires_at:%Y-%m-%d}  {used}"
        )
    if not tokens:
        say("there is no token: valuation token create NAME --role ROLE makes one")


@token_app.command()
def revoke(
    token_id: Annotated[str, typer.Argument(help="As `valuation token list` shows it.")],
    database: store.DatabaseUrl = None,
) -> None:
    """End a token for good; within a second no worker takes it any more."""
    ended = _access(database).revoke_token(token_id, datetime.now(UTC), store.user())
    if ended is None:
        raise WrongUse(
            f"there is no token {token_id}", expected="twelve hexadecimal digits", remedy="valuation token list"
        )
    result(ended.token_id)
    say(f"{ended.name} does not come in any more, since {ended.revoked_at:%Y-%m-%d %H:%M} UTC")


@session_app.command(name="end")
def end_sessions(
    user_id: Annotated[str, typer.Argument(help="Identity of the person, as decisions and /api/v1/me have it.")],
    database: store.DatabaseUrl = None,
) -> None:
    """End every session of a person at once, such as one who has left or whose roles were taken away."""
    ended = _access(database).end_sessions_of(user_id)
    result(str(ended))
    say(f"{ended} sessions were ended; whoever may still log in with the municipality's login can do so again")


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(token_app, name="token")
    app.add_typer(session_app, name="session")


def _access(url: str | None) -> SqlAccess:
    from valuation.adapters.sql_store.access import SqlAccess

    return SqlAccess(store.database_at(url))


def _told(token: ApiToken) -> dict[str, Any]:
    return {
        "token_id": token.token_id,
        "name": token.name,
        "state": token.state(datetime.now(UTC)),
        "roles": sorted(token.roles),
        "districts": None if token.districts is None else sorted(token.districts),
        "created_at": _time(token.created_at),
        "created_by": token.created_by,
        "expires_at": _time(token.expires_at),
        "revoked_at": _time(token.revoked_at),
        "last_used_at": _time(token.last_used_at),
    }


def _time(at: datetime | None) -> str | None:
    return None if at is None else f"{at:%Y-%m-%dT%H:%M:%SZ}"
