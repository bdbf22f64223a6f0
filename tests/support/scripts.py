"""Random histories, and what else takes many choices, as scripts of bytes, from which a test reads deed after deed.

For a history hypothesis draws one string instead of some hundred numbers, which took most of the tests' time. What
fails is shortened all the same, and a test notes the deeds it reads, so that they are shown beside it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import hypothesis.strategies as st

T = TypeVar("T")


@dataclass
class Script:
    read: bytes
    _left: Iterator[int] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._left = iter(self.read)

    def deeds(self, kinds: Sequence[T]) -> Iterator[T]:
        """Kinds of deeds, until the script ends. Whoever does one reads the rest of it from here.

        Half of all histories have every kind. The others have some beside the first one, of which there is more then.
        """
        all_of_them, some = self.number(0, 1), self.number(0, 255)
        chosen = [kind for place, kind in enumerate(kinds) if place == 0 or all_of_them or some >> place & 1]
        for byte in self._left:
            yield chosen[byte % len(chosen)]

    def one_of(self, choices: Sequence[T]) -> T:
        return choices[self.number(0, len(choices) - 1)]

    def number(self, least: int, most: int) -> int:
        return least + next(self._left, 0) % (most - least + 1)


def scripts(about: int) -> st.SearchStrategy[Script]:
    """Of about so many bytes."""
    return st.binary(min_size=about // 2, max_size=about * 3 // 2).map(Script)
