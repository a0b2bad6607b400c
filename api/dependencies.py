"""What does a route ask for before it answers? Who asks, and the parts of the service."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request

from api.problem import Problem
from api.service import Service
from api.words import words_of
from valuation.review.actor import Actor


def current_actor(request: Request) -> Actor:  # noqa: ARG001 - the session or the token lies in it
    """Return who asks.

    Raises
    ------
    Problem
        401 for everybody: nobody is known yet, so nobody gets in.
    """
    raise Problem(401, "not-signed-in", words_of("not-signed-in"), headers={"WWW-Authenticate": "Bearer"})


def the_service(request: Request) -> Service:
    """Return the parts of the running service."""
    return request.app.state.service


CurrentActor = Annotated[Actor, Depends(current_actor)]
TheService = Annotated[Service, Depends(the_service)]
