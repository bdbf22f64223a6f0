"""Accounts: who may sign in, with which roles. Issues the tokens that gateways verify."""
