"""bin/verify: load and faults on a running development system, and checks of everything it must keep.

    __main__ → campaign → load, nemesis, observer, receiver, mailbox     what happens, written down in a History
                        → checks                                       pure: a History in, Violations out
                        → report                                       the table

All times are seconds of this process's monotonic clock, so that moments of different threads can be compared.
"""
