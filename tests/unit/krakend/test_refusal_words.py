"""Every refusal that the live page can meet has words in each of its languages."""

import importlib
import pkgutil
import re
from collections.abc import Iterator
from importlib.resources import files

import pytest

import enrollment
import kit
import notification
import users
from kit.errors import AppError, Conflict, Forbidden, Malformed, NotFound, Unauthorized

STATIC = files("krakend.pages") / "static"
LANGUAGES = ["en", "de", "es"]
KINDS = (AppError, Conflict, Forbidden, Malformed, NotFound, Unauthorized)  # raised by what is named after the fact
NOT_MET = {
    "key_malformed": "the page makes good keys",
    "key_reused": "and another one for each request",
    "missing_right": "ends a process that starts",
    "no_such_link": "of a mail, whose pages have words of their own",
    "offer_link_unknown": "the same",
}


def facts(kind: type[AppError]) -> Iterator[type[AppError]]:
    for each in kind.__subclasses__():
        yield each
        yield from facts(each)


def codes() -> set[str]:
    for service in (enrollment, kit, notification, users):
        for module in pkgutil.walk_packages(service.__path__, f"{service.__name__}."):
            importlib.import_module(module.name)
    named = {each for each in facts(AppError) if each not in KINDS}
    services = ("enrollment.", "kit.", "notification.", "users.")
    return {each.code() for each in named if each.__module__.startswith(services)}


def worded(language: str) -> set[str]:
    [words] = re.findall(r"^  refusals: \{\n(.*?)^  \},$", (STATIC / f"{language}.js").read_text(), re.M | re.S)
    return set(re.findall(r'^    (\w+): "', words, re.M))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_refusal_that_a_page_can_meet_has_words(language: str) -> None:
    assert codes() - worded(language) - NOT_MET.keys() == set()
    assert NOT_MET.keys() & worded(language) == set()
