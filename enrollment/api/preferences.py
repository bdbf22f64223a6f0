"""The preference `wait` of a request: how long the client would have its reply held back (RFC 7240 §2 and §4.3)."""

import re

# A preference: a token, perhaps with a value that is a token or a quoted string; parameters after it are not looked at.
_PREFERENCE = re.compile(r'\s*([!#$%&\'*+.^_`|~\w-]+)\s*(?:=\s*("(?:[^"\\]|\\.)*"|[^\s",;]*))?')
_LONGEST_DIGITS = 9


def wait_s(prefer: list[str]) -> int:
    """The seconds of `wait`, 0 if it is not preferred. `prefer` holds the values of the header's lines.

    Of a preference that is named more than once the first counts; a value that is no number of seconds is ignored.
    """
    for preference in _listed(",".join(prefer)):
        found = _PREFERENCE.match(preference)
        if found and found[1].lower() == "wait":
            value = (found[2] or "").strip('"')
            is_seconds = value.isascii() and value.isdigit() and len(value) <= _LONGEST_DIGITS
            return int(value) if is_seconds else 0
    return 0


def _listed(value: str) -> list[str]:
    """The parts between commas; a comma within quotes parts nothing."""
    return [part for part in re.findall(r'(?:"(?:[^"\\]|\\.)*"|[^",])+', value) if part.strip()]
