"""How RabbitMQ is connected to. What lies there, exchanges and queues, is the project's (etc.contracts.topology)."""

import pika

HEARTBEAT_S = 20


def parameters(url: str, name: str) -> pika.URLParameters:
    """Connection parameters with bounded waits; `name` is what RabbitMQ shows for the connection."""
    wanted = pika.URLParameters(url)
    wanted.heartbeat = HEARTBEAT_S
    wanted.socket_timeout = 3
    wanted.stack_timeout = 5
    wanted.blocked_connection_timeout = 30
    wanted.connection_attempts = 1
    wanted.client_properties = {"connection_name": name}
    return wanted


def connect(wanted: pika.URLParameters) -> pika.BlockingConnection:
    """An open connection. Raises AMQPError and OSError alone, whatever the other side does meanwhile."""
    try:
        return pika.BlockingConnection(wanted)
    except ValueError as error:  # pika's, of a connection that is reset right after it was accepted (a balancer does)
        raise ConnectionResetError("reset while connecting") from error
