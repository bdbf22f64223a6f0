"""What the services agree on without importing each other: the channels, and the exchanges and queues between them.

The shapes of the events are in etc/schemas, and all of it for other people's tools in etc/asyncapi.json; tests/contract
holds them together. Nothing here connects to anything.
"""
