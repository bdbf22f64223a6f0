"""Clocks of processes that can be put forward and back while they run: `bin/start --clock-faults`.

A process whose clock can be changed has a file in this folder of the data folder, under honcho's name for it
(enrollment.1); bin/support/supervise starts it with FAULTY_CLOCK, faulty_clock.c beside. `control.Clocks` (bin/verify)
writes into the file.
"""

FOLDER = "clocks"
"""In the data folder."""
LIBRARY = "faulty_clock.so"
"""In that folder."""
