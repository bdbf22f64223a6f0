"""Code that two services share: settings, errors, the web shell, and connections to DynamoDB, Redis and RabbitMQ.

Nothing here names a class, a student or a subscription; a rule about those belongs to the service that owns it.
"""
