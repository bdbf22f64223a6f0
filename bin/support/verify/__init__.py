"""bin/verify: load and faults on a running development system, and checks of everything it must keep.

    __main__ → campaign → load, operations, changes, swappers, offers (through the gateway, by accounts; each change
                          has a key: keyed); nemesis, duplicator, hostile;
                          observer, receiver, mailbox      what happens, written down in a History
                        → check_*                          pure: a History in, Violations out
                        → report                           the table

All times are seconds of this process's monotonic clock, so that moments of different threads can be compared.

To add something that students do beside enrolling and waiting: one function in operations.OPERATIONS. Something that
moves students between seats and lines: a word in history.Asked and one in Said for each reply, its route and replies in
api.py, its weight in load._WISHES, what it may do in check_lifecycles._MEANS and _MAY_DO, its step in
linearizability/model.go. What has classes and an invariant of its own: a Background in a file like offers.py. Another
invariant: a function from History to Violations, called in verdict.judge, and its column in columns.py. What the
registrar does is in changes.py; another fault is a Kind in history.py and a method of Nemesis.
"""
