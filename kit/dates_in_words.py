"""Moments as people write them in each language, and their zone."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, tzinfo
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator


def in_words(at: datetime, language: str) -> str:
    """With the day and the zone's name: "Sunday, 22 November 2026, 09:30 PST". English for one not known here."""
    return _IN_WORDS.get(language, _english)(at)


def zone_of(name: str) -> tzinfo:
    return UTC if name == "UTC" else ZoneInfo(name)  # UTC needs no database of time zones


def _known_zone(name: str) -> str:
    try:
        zone_of(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError("is no time zone that this machine knows, such as America/Los_Angeles") from error
    return name


ZoneName = Annotated[str, AfterValidator(_known_zone)]


def _english(at: datetime) -> str:
    return f"{at:%A}, {at.day} {at:%B %Y, %H:%M} {at.tzname()}"


def _german(at: datetime) -> str:
    return f"{_DAYS_DE[at.weekday()]}, {at.day}. {_MONTHS_DE[at.month - 1]} {at:%Y, %H:%M} {at.tzname()}"


def _spanish(at: datetime) -> str:
    return f"{_DAYS_ES[at.weekday()]}, {at.day} de {_MONTHS_ES[at.month - 1]} de {at:%Y, %H:%M} {at.tzname()}"


_DAYS_DE = ("Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag")
_MONTHS_DE = (
    *("Januar", "Februar", "März", "April", "Mai", "Juni"),
    *("Juli", "August", "September", "Oktober", "November", "Dezember"),
)
_DAYS_ES = ("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo")
_MONTHS_ES = (
    *("enero", "febrero", "marzo", "abril", "mayo", "junio"),
    *("julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre"),
)
_IN_WORDS: Mapping[str, Callable[[datetime], str]] = {"en": _english, "de": _german, "es": _spanish}
