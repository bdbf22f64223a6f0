"""The gateway: KrakenD's configuration, and the pages that are served through it."""
