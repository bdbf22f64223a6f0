"""Where KrakenD and HAProxy differ, as krakend/README.md has it. No test of this folder asks otherwise which it is."""

import os

KRAKEND = os.environ.get("GATEWAY", "krakend") == "krakend"

# KrakenD CE has no setting for the bodies of its own refusals.
REFUSES_IN_WORDS = not KRAKEND
# It cannot look into claims: a genuinely signed token without "exp", which users never issues, never ends.
REFUSES_ENDLESS = not KRAKEND
# Its limit of a user's requests takes a token without "sub" for one of somebody who asks too often.
NO_SUBJECT = {429} if KRAKEND else {401}
# It registers GET, POST, PUT, PATCH and DELETE only.
HAS_HEAD = not KRAKEND
# It looks for routes in the decoded path, and fails on a control character in a parameter: 500.
BAD_PATHS = {400, 401, 404, 405, 409, 422} | ({500} if KRAKEND else set())
# What it puts into the service's path it looks at once more: "{{.JWT.sub}}" sent as a parameter can become the caller's
# own "sub", which the caller might have written there as well. No other's: only this token's claims are known.
PLACEHOLDER = BAD_PATHS | ({200} if KRAKEND else set())
# It names what it likes to be called, and no number.
NAMES_ITSELF = KRAKEND
# It opens its port itself, so nobody can hold it open from one to the next.
RENEWED_WITHOUT_A_GAP = not KRAKEND
