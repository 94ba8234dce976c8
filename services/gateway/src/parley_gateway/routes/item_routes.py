"""Work items over HTTP: what telephone systems and other sources put into queues."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Literal, Self
from uuid import uuid4

from fastapi import APIRouter, Request, Response
from parley_contracts.commands import AddItem, AnswerCall, AskItem, EndItem, ItemCommand, MissCall
from parley_contracts.contacts import AskInteraction
from parley_contracts.instant import LATEST, Instant
from parley_contracts.reading import not_yours
from parley_contracts.refusal import Refused
from parley_contracts.shapes import Item, Key, Shape, Skills
from parley_contracts.topology import CRM_QUESTIONS
from pydantic import ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from ..contacts.optional_texts import as_usable, line
from ..domain.identity import Identity
from ..typed import Clean, MessageText
from .route_context import RouteContext


class NewItem(Shape):
    """A call, an e-mail or a task; `item` is the source's own name for it, made here where it has none. `skills`: what the
    agent should be able to do, each from 1 to 10. `due_at`: until when a task is to be done. `subject` and `from` are taken as far as they are usable: no call is lost for them."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    item: Key | None = None
    kind: Literal["call", "email", "task"]
    queue: Key
    subject: Annotated[Annotated[Clean, Field(max_length=200)] | None, as_usable(line(200))] = None
    from_: Annotated[Annotated[Clean, Field(max_length=200)] | None, as_usable(line(200))] = Field(None, alias="from")
    text: MessageText | None = None
    priority: int | None = Field(None, ge=0, le=1000)
    skills: Skills = Field(default_factory=dict)
    due_at: Annotated[Instant, Field(ge=0, le=LATEST)] | None = None

    @model_validator(mode="after")
    def _tasks_are_due(self) -> Self:
        if self.due_at is not None and self.kind != "task":
            raise PydanticCustomError("no_task", "due_at is for tasks: leave it out")
        return self


class Assignment(Shape):
    """Which assignment of a call is meant, by its number; without one, the present one is (R15)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    assignment: int | None = Field(None, ge=1)


class ItemShown(Item):
    """A work item; `text` is what an e-mail or a task says."""

    text: str | None = None


THE_ITEM: dict[int | str, dict[str, Any]] = {200: {"model": ItemShown}}


def item_routes(context: RouteContext) -> APIRouter:
    """Items."""
    api = APIRouter()

    async def by_source(request: Request, kind: Callable[..., ItemCommand], item: str, about: Assignment | None) -> Any:
        who = context.identity(request, "source")
        number = about.assignment if about is not None else None
        return (await context.ask_router(who, kind(tenant=who.tenant, item=item, assignment=number)))["item"]

    @api.get("/v1/items/{item}", response_model=None, responses=THE_ITEM, tags=["items"])
    async def item(item: str, request: Request) -> Any:
        """A work item as it stands now (R17: its timers)."""
        who = context.identity(request, "source", "agent", "supervisor", "admin", "ops")
        found = (await context.ask_router(who, AskItem(tenant=who.tenant, item=item)))["item"]
        reader = await context.readers.of(who)
        if not reader.reads(item, found["queue"], (found.get("owner"),), found.get("contact")):
            raise not_yours()
        return found

    @api.post("/v1/items", status_code=201, response_model=None, responses={201: {"model": ItemShown}}, tags=["items"])
    async def add_item(new: NewItem, request: Request, response: Response) -> Any:
        """A call, an e-mail or a task enters a queue (R3); the same `item` again gets the same, with 200. A name that was used for
        another item is 409 `conflict`, however long ago that was."""
        who = context.identity(request, "source")
        name = new.item or uuid4().hex
        known = await context.ask_router(who, AskItem(tenant=who.tenant, item=name, forgiving=True))
        if new.item is not None and not known.get("item"):
            await _never_used(context, who, new.item)
        fields = new.model_dump(exclude={"item", "from_"})
        added = await context.ask_router(who, AddItem(tenant=who.tenant, item=name, name=new.from_, **fields))
        if known.get("item"):
            response.status_code = 200
        return added["item"]

    @api.post("/v1/items/{item}/answered", response_model=None, responses=THE_ITEM, tags=["items"])
    async def answered(item: str, request: Request, about: Assignment | None = None) -> Any:
        """The agent who has the call has answered it: it rings no more (R15). Of an earlier assignment: 409 `wrong_state`."""
        return await by_source(request, AnswerCall, item, about)

    @api.post("/v1/items/{item}/no_answer", response_model=None, responses=THE_ITEM, tags=["items"])
    async def no_answer(item: str, request: Request, about: Assignment | None = None) -> Any:
        """The agent did not answer: the call goes back to its queue, the agent becomes not ready (R15). Of an earlier assignment:
        409 `wrong_state`."""
        return await by_source(request, MissCall, item, about)

    @api.post("/v1/items/{item}/ended", response_model=None, responses=THE_ITEM, tags=["items"])
    async def ended(item: str, request: Request, about: Assignment | None = None) -> Any:
        """The call is over, or its caller has given up. Of an earlier assignment: 409 `wrong_state`."""
        return await by_source(request, EndItem, item, about)

    return api


async def _never_used(context: RouteContext, who: Identity, item: str) -> None:
    """R25: a record is about one item only. The floor remembers a name for seven days, the CRM for good. Raises Refused `conflict`.

    A call is not kept out because the CRM does not answer: there a closed record stays as it is, too.
    """
    try:
        await context.link.ask(CRM_QUESTIONS, AskInteraction(tenant=who.tenant, item=item), who.role, who.user)
    except Refused as refusal:
        if refusal.code in ("not_found", "unavailable"):
            return
        if refusal.code != "forbidden":
            raise
    raise Refused("conflict", "There has been another item of this name: choose a new one.")
