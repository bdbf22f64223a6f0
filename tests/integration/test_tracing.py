"""Traces cost nothing while nobody has asked for them."""

import subprocess
import sys


def test_no_process_imports_the_exporter_before_the_setting_asks_for_it() -> None:
    program = "import sys, enrollment.app, notification.bootstrap; print('opentelemetry.exporter' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
