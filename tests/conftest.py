"""For all tests: hypothesis tries the same examples in every run, and a busy machine fails no test by being slow.

The founding document's walk-through names the ids of its first enrollments and expects its classes to be empty. It
comes first, so that it finds the system as it was started, whatever the tests after it do there.

What is imported for tests stays until their end: the collector of garbage, which would go through all of it again and
again, begins when the tests are found, leaves that alone, and then begins when there is much: a run of all unit tests
spends a twentieth of its time on it otherwise.
"""

import gc

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile("tests", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("tests")

gc.disable()

FIRST = "test_founding_document.py"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: item.path.name != FIRST)  # keeps the order of all others


def pytest_collection_finish() -> None:
    gc.freeze()
    gc.set_threshold(50_000, 50, 50)
    gc.enable()
