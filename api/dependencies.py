"""What does a route ask for before it answers? Who asks, and the parts of the service.

Coroutines, though nothing in them waits: the framework would run plain functions in a thread each, at every request.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request

from api.problem import Problem
from api.service import Service
from api.words import words_of
from valuation.review.actor import Actor


async def current_actor(request: Request) -> Actor:
    """Return who asks: whom the guard let in (`api/access/guard.py`), by the line of the table for this route.

    Raises
    ------
    Problem
        401 where the guard let in nobody: a route asks for an actor, and its line opens to everybody.
    """
    actor = getattr(request.state, "actor", None)
    if not isinstance(actor, Actor):
        raise Problem(401, "not-signed-in", words_of("not-signed-in"), headers={"WWW-Authenticate": "Bearer"})
    return actor


async def the_service(request: Request) -> Service:
    """Return the parts of the running service."""
    return request.app.state.service


CurrentActor = Annotated[Actor, Depends(current_actor)]
TheService = Annotated[Service, Depends(the_service)]
