"""How services call each other over HTTP."""

import httpx

# uvicorn closes a connection that was idle for 5 s. A request sent at that moment would get no reply: we let go first.
LIMITS = httpx.Limits(max_connections=100, max_keepalive_connections=20, keepalive_expiry=2)
