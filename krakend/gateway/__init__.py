"""Runs the gateway, KrakenD or HAProxy, and keeps it supplied with the keys that tokens are checked with."""
