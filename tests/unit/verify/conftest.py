"""bin/verify is a program: its modules are found where bin/verify finds them."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[3] / "bin" / "support"))
