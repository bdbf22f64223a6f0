# shellcheck shell=bash
# The gateway: KrakenD if it is there or can be built, else HAProxy. A refusal of one never ends the set-up.

# setup_gateway WANTED: krakend, haproxy, or empty for either. Says in one line which it is and why.
setup_gateway() {
  local wanted=$1 why='' program
  if [[ $wanted != haproxy ]]; then
    if ! find_krakend >/dev/null; then setup_krakend "$wanted"; fi
    why=$KRAKEND_REFUSAL
  fi
  if [[ $wanted != haproxy ]] && program=$(find_krakend); then
    say "Gateway: KrakenD ($program)"
    # The tests of the gateway try both.
    [[ -z $WITH_TESTS ]] || try_haproxy || warn "  HAProxy could not be installed, so it will not be tested."
    return
  fi
  [[ $wanted != krakend ]] || die "KrakenD cannot be had here: $why. bin/start --gateway haproxy does without."
  try_haproxy || die "Neither gateway can be had here. KrakenD: ${why:-not asked for}. HAProxy: install haproxy $HAPROXY_VERSION or newer."
  say "Gateway: HAProxy $(haproxy_version "$(find_haproxy)") (${why:-as asked for})"
}

try_haproxy() {
  find_haproxy >/dev/null && return
  # In a shell of its own, for install_packages ends the one it runs in when it fails.
  (trap allow_service_starts EXIT; install_packages haproxy) && find_haproxy >/dev/null
}
