"""bin/bench is a program: its modules are found where it finds them."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[3] / "bin" / "support"))
