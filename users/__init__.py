"""Accounts: who may sign in, with which roles. Replies with the claims of a token; KrakenD signs them."""
