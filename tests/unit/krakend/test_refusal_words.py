"""Every refusal that the live page can meet has words in each of its languages."""

import importlib
import re
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from pathlib import Path

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


CLASS = re.compile(r"^class (\w+)\(([^)]*)\):", re.M)


def modules_with_facts() -> set[str]:
    """Found in their texts: to import all modules takes longer than everything else here."""
    classes = [
        (module, name, set(re.findall(r"\w+", bases)))
        for service in (enrollment, kit, notification, users)
        for path in Path(service.__path__[0]).rglob("*.py")
        for module in [".".join([service.__name__, *path.relative_to(service.__path__[0]).with_suffix("").parts])]
        for name, bases in CLASS.findall(path.read_text())
    ]
    named = {AppError.__name__}
    while more := {name for _, name, bases in classes if bases & named} - named:
        named |= more
    return {module.removesuffix(".__init__") for module, name, _ in classes if name in named}


@cache
def codes() -> set[str]:
    for module in modules_with_facts():
        importlib.import_module(module)
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
