"""Which modules the live page asks for at once, so that none waits for the one that imports it: a chain of them is five
round trips long.

What everybody needs is in the page's head as `modulepreload`; what only a role needs, and words, are named there for
ahead.js, which knows in the browser whose page it is and replaces `{language}`.
"""

import re
from collections.abc import Iterator, Mapping

MAIN = "main.js"
PLACE = "    <!-- modules -->\n"
PARTS = {
    "everybody": ["{language}.js"],
    "student": ["student.js"],
    "instructor": ["staff.css", "teaching.js"],
    "registrar": ["staff.css", "registry.js"],
}
_IMPORT = re.compile(r'^import [^"]*"\./([^"]+)";$', re.MULTILINE)
_LEARNT = re.compile(r'^await learn\("(\w+)"\);$', re.MULTILINE)


def with_modules(html: str, files: Mapping[str, str]) -> str:
    """The page's HTML with what it loads ahead; `files` are the scripts' texts by name."""
    first = list(dict.fromkeys(_needed(MAIN, files)))
    lines = [f'    <link rel="modulepreload" href="/pages/{name}">\n' for name in first if name != MAIN]
    for part, roots in PARTS.items():
        names = dict.fromkeys(name for root in roots for name in _needed(root, files) if name not in first)
        lines.append(f'    <meta name="part:{part}" content="{" ".join(names)}">\n')
    return html.replace(PLACE, "".join(lines))


def _needed(name: str, files: Mapping[str, str]) -> Iterator[str]:
    """The file, and all that it imports and all words it learns when it is loaded, each at least once."""
    seen, left = {name}, [name]
    while left:
        yield (name := left.pop(0))
        text = files.get(name, "")
        words = [f"{{language}}-{part}.js" for part in _LEARNT.findall(text)]
        fresh = [each for each in (*_IMPORT.findall(text), *words) if each not in seen]
        seen.update(fresh)
        left += fresh
