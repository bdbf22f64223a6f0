"""The identity of a section: its course's code as people read it, and its number.

`CPSC 900`, `cpsc 900` and `CPSC  900` are one course. The stored and shown code stays as it was given.
"""

import unicodedata
from functools import lru_cache


@lru_cache(4096)  # of many students that are loaded, each asks several times
def normalized_code(course_code: str) -> str:
    """The code without what readers do not see or mean: compatibility forms (UAX #15), case, runs of white space."""
    folded = unicodedata.normalize("NFKC", course_code).casefold()
    return " ".join(unicodedata.normalize("NFKC", folded).split())
