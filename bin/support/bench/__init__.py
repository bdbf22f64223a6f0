"""bin/bench: how fast the system is, each figure beside its floor, the bare thing that a request cannot do without.

    __main__ → a row of positions, enrolling, notices, …     yields what is to be compared, and how
             → samples                                       pure: samples of two sides, and the figure made of them
             → report                                        the table, the record, and what two records say

A row makes its tables, queues and processes with fixtures.py and processes.py, loads a service with load.py (wrk) and a
floor with floor_app.py or floor_loops.py, processes of their own.
"""
