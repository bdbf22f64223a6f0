"""The routes' dependencies from the application, as short types, and their common parameters.

The dependencies are coroutines, though they wait for nothing: FastAPI would send a plain function to a thread.
"""

from typing import Annotated

from fastapi import Depends, Header, Path, Request

from enrollment.domain.history import Actor, Role
from enrollment.service.catalog import Catalog
from enrollment.service.class_loader import ClassLoader
from enrollment.service.courses import Courses
from enrollment.service.enrollments import Enrollments
from enrollment.service.histories import Histories
from enrollment.service.listing import Listing
from enrollment.service.movements import Movements
from enrollment.service.offers import Offers
from enrollment.service.positions import Positions
from enrollment.service.removals import Removals
from kit.web.params import EmailAddress, Id, UserName
from kit.web.wired import wired


async def _registrar(
    user_id: Annotated[Id | None, Header(alias="X-User-Id", include_in_schema=False)] = None,
) -> Actor:
    return Actor(Role.REGISTRAR, user_id)


# The gateway says who the registrar is, in X-User-Id; without a gateway nobody does.
RegistrarDep = Annotated[Actor, Depends(_registrar)]


async def _loader(request: Request, by: RegistrarDep) -> ClassLoader:
    return ClassLoader(request.app.state.catalog, request.app.state.instructors, by)


LoaderDep = Annotated[ClassLoader, Depends(_loader)]
RemovalsDep = Annotated[Removals, Depends(wired("removals"))]
MovementsDep = Annotated[Movements, Depends(wired("movements"))]
ListingDep = Annotated[Listing, Depends(wired("listing"))]
EnrollmentsDep = Annotated[Enrollments, Depends(wired("enrollments"))]
PositionsDep = Annotated[Positions, Depends(wired("positions"))]
CatalogDep = Annotated[Catalog, Depends(wired("catalog"))]
CoursesDep = Annotated[Courses, Depends(wired("courses"))]
OffersDep = Annotated[Offers, Depends(wired("offers"))]
HistoriesDep = Annotated[Histories, Depends(wired("histories"))]

StudentId = Annotated[Id, Path(description="the student's id", examples=[4])]
ClassId = Annotated[Id, Path(description="the class's id, see GET /list", examples=[2])]
SwapFrom = Annotated[Id, Path(description="the class whose seat is given up", examples=[4])]
SwapTo = Annotated[Id, Path(description="the class whose seat is wanted", examples=[2])]
InstructorId = Annotated[Id, Path(description="the instructor's id; must teach the class", examples=[5])]
CallerName = Annotated[UserName, Path(description="the caller's user name", examples=["abhinav"])]
CallerEmail = Annotated[EmailAddress, Path(description="the caller's e-mail", examples=["abhinav@example.com"])]
