# shellcheck shell=bash
# Sourced before any krakend command, in the repository's root: `krakend run -c krakend/krakend.tmpl`, check, audit.

# KrakenD takes every variable named KRAKEND_… for a field of its configuration, KRAKEND_VERSION too.
for name in "${!KRAKEND_@}"; do unset "$name"; done
unset name

export FC_ENABLE=1
export FC_SETTINGS=krakend/settings
export FC_TEMPLATES=krakend/templates
# The only partial is the id of the signing key, and it lies beside the keys.
export FC_PARTIALS=$KEYS_DIR
# No usage reports to KrakenD's makers.
export USAGE_DISABLE=1
