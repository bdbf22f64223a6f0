"""HAProxy as the gateway: its configuration, made from the table of routes that KrakenD is configured from, too."""
