"""What must not be in the repository, in a log, or in an error text."""

import re

# The quantifiers keep the patterns from finding themselves. Each begins with letters that are seldom, and looks back
# from there: through the whole repository that takes a fifth of the time.
PATTERNS = {
    "a private key": r"-----BEGIN [A-Z ]{0,20}PRIVATE KEY-----",
    "a private JSON Web Key": r"\"d\"\s{0,3}:\s{0,3}\"[A-Za-z0-9_-]{40,}\"",
    "a token": r"eyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{20,}",
    "a hash of a password": r"\$argon2id\$v=\d+\$m=\d+,t=\d+,p=\d+\$[A-Za-z0-9+/]{16,}\$[A-Za-z0-9+/]{20,}",
    "a webhook secret": r"whsec_[A-Za-z0-9+/]{32,}",
    "an AWS key": r"A(?:KI|SI)A(?<!\w.{4})[0-9A-Z]{16}\b",
    "a GitHub token": r"gh[pousr]_(?<!\w.{4})[A-Za-z0-9]{36}",
}
# A password in a URL. guest is RabbitMQ's own and refused in production; … and ${ stand for one.
IN_URL = re.compile(r"://(?<=[a-z]{2}://)[^/\s:@\"'`]{0,60}:(?!guest@|…|\$\{|<)[^@/\s\"'`]{1,80}@[A-Za-z0-9\[]")


def found_in(text: str) -> list[str]:
    """What kinds of secrets are in the text, each with the line it begins in; never the secret itself."""
    found = [(name, match.start()) for name, pattern in PATTERNS.items() for match in re.finditer(pattern, text)]
    found += [("a password in a URL", match.start()) for match in IN_URL.finditer(text)]
    return [f"{name} in line {text.count(chr(10), 0, at) + 1}" for name, at in found]
