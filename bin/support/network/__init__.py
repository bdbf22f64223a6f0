"""The network between our processes and the servers they use, as one that can fail: `bin/start --network-faults`.

Each server is reached at 127.0.0.2 and its own port, where a Link forwards to 127.0.0.1. `control.Network` (bin/verify)
changes how a link behaves through a socket in the data folder.
"""

FAULTY_HOST = "127.0.0.2"
SOCKET = "network.sock"
"""In the data folder."""
