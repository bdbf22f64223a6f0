"""Renewing the processes of a running system: bin/restart."""
