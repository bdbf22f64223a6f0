"""Finds waits without a deadline, loops and queues without a bound, and threads without a guard, in Python source.

A wait that is bounded by something else than a time-out says so where it is, in a comment on its line or in the lines
right above: `# bounded: by the consumer's prefetch`.
"""

import ast
import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass

MARKER = re.compile(r"#\s*bounded:\s*\S+")

_WAITS = {"result", "join", "wait", "acquire", "communicate"}  # of futures, threads, events, locks, processes
_QUEUES = {"Queue", "SimpleQueue", "LifoQueue", "PriorityQueue", "JoinableQueue"}
_PROGRAMS = {"run", "call", "check_call", "check_output"}
_ENDLESS = {"pauses", "count", "cycle", "repeat"}
_TIMED_BLOCKS = {"timeout", "timeout_at", "fail_after", "move_on_after"}
# What a loop looks at that is to end, or a page of a query: each costs a call that has a time-out of its own.
_BOUND = re.compile(r"deadline|give_up|left_s|expired|stop|clos|asked|\bend\b|end_s|LastEvaluatedKey")

# Whatever has a finding has one of these.
_SUSPECT = re.compile(
    rf"\.({'|'.join(_WAITS)}|get)\(\)|({'|'.join(_QUEUES | _ENDLESS)}|create_connection|Thread\w*|Timer)[(\[]"
    rf"|^\s*while\b|subprocess\s*\.\s*({'|'.join(_PROGRAMS)})\b",
    re.MULTILINE,
)


@dataclass(frozen=True)
class Finding:
    line: int
    what: str


def findings(source: str) -> list[Finding]:
    """In order of their lines, without those whose bound a comment names."""
    if not _SUSPECT.search(source):  # most modules need not be read
        return []
    lines = source.splitlines()
    tree = ast.parse(source)
    finder = _Finder(lines, tree, _suspects(source))
    finder.visit(tree)
    return [found for found in sorted(finder.found, key=lambda f: f.line) if not _explained(lines, found.line)]


def _suspects(source: str) -> list[int]:
    """Numbers of lines, in their order."""
    return [1 + source.count("\n", 0, match.end() - 1) for match in _SUSPECT.finditer(source)]


def _explained(lines: list[str], number: int) -> bool:
    """By a comment on the line, or by the comment lines that stand right above it."""
    if MARKER.search(lines[number - 1]):
        return True
    above = number - 2
    while above >= 0 and lines[above].lstrip().startswith("#"):
        if MARKER.search(lines[above]):
            return True
        above -= 1
    return False


class _Finder(ast.NodeVisitor):
    def __init__(self, lines: list[str], tree: ast.AST, suspects: list[int]) -> None:
        self.found: list[Finding] = []
        self._lines = lines
        self._suspects = suspects
        named = any("Queue" in line for line in lines)  # most modules have none, and need not be gone through for them
        self._queues = set(_names_of_queues(tree)) if named else set()
        self._timed = 0

    def visit(self, node: ast.AST) -> None:
        """Past statements without a suspect, which are most of them."""
        if isinstance(node, ast.stmt):
            first = bisect_left(self._suspects, node.lineno)
            if first == len(self._suspects) or self._suspects[first] > (node.end_lineno or node.lineno):
                return
        super().visit(node)

    def visit_AsyncWith(self, node: ast.AsyncWith) -> None:
        timed = any(_called(item.context_expr) in _TIMED_BLOCKS for item in node.items)
        self._timed += timed
        self.generic_visit(node)
        self._timed -= timed

    def visit_Call(self, node: ast.Call) -> None:
        name = _called(node)
        if name == "wait_for":  # of asyncio: what it waits for has its time-out here
            self._timed += 1
            self.generic_visit(node)
            self._timed -= 1
            return
        if what := self._unbounded(node, name):
            self.found.append(Finding(node.lineno, what))
        self.generic_visit(node)

    def visit_While(self, node: ast.While) -> None:
        endless = isinstance(node.test, ast.Constant) and bool(node.test.value)
        if endless and not self._names_a_bound(node):
            self.found.append(Finding(node.lineno, "a loop without a bound"))
        self.generic_visit(node)

    def visit_For(self, node: ast.For) -> None:
        if _called(node.iter) in _ENDLESS and not self._names_a_bound(node):
            self.found.append(Finding(node.lineno, f"a loop over {_called(node.iter)}() without a bound"))
        self.generic_visit(node)

    def _unbounded(self, node: ast.Call, name: str) -> str | None:
        bare = not node.args and not node.keywords
        if isinstance(node.func, ast.Attribute):
            if name in _WAITS and bare and not self._timed:
                return f".{name}() without a time-out"
            if name == "get" and bare and _name(node.func.value) in self._queues and not self._timed:
                return ".get() of a queue without a time-out"
            if _name(node.func.value) == "subprocess" and name in _PROGRAMS and not _gives(node, "timeout"):
                return f"subprocess.{name}() without a time-out"
        if name in _QUEUES and bare:
            return f"{name}() without a size"
        if name == "create_connection" and len(node.args) < 2 and not _gives(node, "timeout"):
            return "create_connection() without a time-out"
        if name == "Thread" or (name == "Timer" and isinstance(node.func, ast.Name)):
            return f"{name}() without a guard: see kit.concurrency.threads"
        if name == "ThreadPoolExecutor":
            return "ThreadPoolExecutor() takes any number of jobs"
        return None

    def _names_a_bound(self, loop: ast.While | ast.For) -> bool:
        return any(_BOUND.search(line) for line in self._lines[loop.lineno - 1 : loop.end_lineno])


def _called(node: ast.AST) -> str:
    """The last name of what is called: Queue of queue.Queue[int](…)."""
    if not isinstance(node, ast.Call):
        return ""
    function = node.func.value if isinstance(node.func, ast.Subscript) else node.func
    return _name(function)


def _name(node: ast.AST) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _gives(node: ast.Call, keyword: str) -> bool:
    return any(given.arg == keyword for given in node.keywords)


def _names_of_queues(tree: ast.AST) -> Iterator[str]:
    """The variables and attributes to which the module assigns queues."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and _called(node.value) in _QUEUES:
            yield from map(_name, node.targets)
        elif isinstance(node, ast.AnnAssign) and node.value is not None and _called(node.value) in _QUEUES:
            yield _name(node.target)
