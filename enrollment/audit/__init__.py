"""Holding the stored state of classes to their histories: `bin/audit`.

The rules here are written a second time on purpose, and import none of the service's (domain.roster): what the service
gets wrong, they must not get wrong in the same way.
"""
