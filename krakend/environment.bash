# shellcheck shell=bash
# Sourced before any krakend command, in the repository's root: `krakend run -c krakend/krakend.tmpl`, check, audit.

# KrakenD takes every variable named KRAKEND_… for a field of its configuration, KRAKEND_VERSION too.
for name in "${!KRAKEND_@}"; do unset "$name"; done
unset name

export FC_ENABLE=1
export FC_SETTINGS=krakend/settings
export FC_TEMPLATES=krakend/templates
# Run by itself, it asks users for the keys. bin/support/run-gateway names its own copy of them, which outlives users.
export GATEWAY_JWKS_URL=${GATEWAY_JWKS_URL:-${USERS_URL%%,*}/.well-known/jwks.json}
# No usage reports to KrakenD's makers.
export USAGE_DISABLE=1
