"""A simulation of a registration day; see __main__.py."""
