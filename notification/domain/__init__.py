"""Pure rules: no I/O, no clocks but those passed in."""
