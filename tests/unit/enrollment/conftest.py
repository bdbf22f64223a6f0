from collections.abc import Iterator

import pytest

from enrollment.service.commands import Enroll
from tests.unit.enrollment.list_stores import Stores
from tests.unit.enrollment.shelves import Shelves


@pytest.fixture
def shelves() -> Shelves:
    """Classes 1 to 4 with a seat each, taken by students 1 to 4."""
    shelves = Shelves()
    for class_id in range(1, 5):
        shelves.add(class_id, 1)
        shelves.commit(class_id, Enroll(class_id))
    return shelves


@pytest.fixture
def stores() -> Iterator[Stores]:
    stores = Stores()
    yield stores
    stores.gate.set()
