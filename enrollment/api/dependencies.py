"""What the routes get from the application, as short types, and their common parameters.

The dependencies are coroutines, though they wait for nothing: FastAPI would send a plain function to a thread.
"""

from typing import Annotated

from fastapi import Depends, Header, Path, Request

from enrollment.domain.history import Actor, Role
from enrollment.service.catalog import Catalog
from enrollment.service.enrollments import Enrollments
from enrollment.service.histories import Histories
from enrollment.service.listing import Listing
from enrollment.service.offers import Offers
from enrollment.service.positions import Positions
from enrollment.service.removals import Removals
from kit.web.params import EmailAddress, Id, UserName


async def _enrollments(request: Request) -> Enrollments:
    enrollments: Enrollments = request.app.state.enrollments
    return enrollments


async def _positions(request: Request) -> Positions:
    positions: Positions = request.app.state.positions
    return positions


async def _catalog(request: Request) -> Catalog:
    catalog: Catalog = request.app.state.catalog
    return catalog


async def _listing(request: Request) -> Listing:
    listing: Listing = request.app.state.listing
    return listing


async def _removals(request: Request) -> Removals:
    removals: Removals = request.app.state.removals
    return removals


async def _histories(request: Request) -> Histories:
    histories: Histories = request.app.state.histories
    return histories


async def _offers(request: Request) -> Offers:
    offers: Offers = request.app.state.offers
    return offers


async def _registrar(
    user_id: Annotated[Id | None, Header(alias="X-User-Id", include_in_schema=False)] = None,
) -> Actor:
    return Actor(Role.REGISTRAR, user_id)


RemovalsDep = Annotated[Removals, Depends(_removals)]
ListingDep = Annotated[Listing, Depends(_listing)]
EnrollmentsDep = Annotated[Enrollments, Depends(_enrollments)]
PositionsDep = Annotated[Positions, Depends(_positions)]
CatalogDep = Annotated[Catalog, Depends(_catalog)]
OffersDep = Annotated[Offers, Depends(_offers)]
HistoriesDep = Annotated[Histories, Depends(_histories)]
# The gateway says who the registrar is, in X-User-Id; without a gateway nobody does.
RegistrarDep = Annotated[Actor, Depends(_registrar)]

StudentId = Annotated[Id, Path(description="the student's id", examples=[4])]
ClassId = Annotated[Id, Path(description="the class's id, see GET /list", examples=[2])]
SwapFrom = Annotated[Id, Path(description="the class whose seat is given up", examples=[4])]
SwapTo = Annotated[Id, Path(description="the class whose seat is wanted", examples=[2])]
InstructorId = Annotated[Id, Path(description="the instructor's id; must teach the class", examples=[5])]
CallerName = Annotated[UserName, Path(description="the caller's user name", examples=["abhinav"])]
CallerEmail = Annotated[EmailAddress, Path(description="the caller's e-mail", examples=["abhinav@example.com"])]
