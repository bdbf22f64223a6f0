"""For all tests: hypothesis tries the same examples in every run, and a busy machine fails no test by being slow."""

from hypothesis import HealthCheck, settings

settings.register_profile("tests", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("tests")
