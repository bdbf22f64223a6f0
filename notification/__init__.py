"""Notices to students: who wants to hear of which class, and the e-mail and webhook consumers that tell them.

Owns the Redis keys `subscription:…`, `webhook-secret:…`, `sent:…`, `deliveries:…` and `delivery-log:…`, and consumes
the queues of `etc.contracts.topology`. Knows nothing of seats and lines: that is the enrollment service's.
"""
