# shellcheck shell=bash
# Which versions are pinned and where the programs of those versions are found.
# shellcheck disable=SC2034
# Read by bin/setup, which puts them there, and by bin/support/run-*, which run them.

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# Outside the clone: what takes long to fetch or build is had once per machine.
CACHE=${XDG_CACHE_HOME:-$HOME/.cache}/course-enrollment

KRAKEND_VERSION=2.13.8
KRAKEND_IN_CACHE=$CACHE/krakend-$KRAKEND_VERSION/krakend
HAPROXY_VERSION=2.6

DYNAMODB_VERSION=$(sed -n 's:.*<dynamodb-local.version>\(.*\)</.*:\1:p' "$ROOT/etc/dynamodb-local/pom.xml")
# The checksum is in the name so that what a changed launcher, POM or set-up makes is never run from an old folder.
DYNAMODB_IN_CACHE=$CACHE/dynamodb-local-$DYNAMODB_VERSION-$(
  cat "$ROOT"/etc/dynamodb-local/{pom.xml,*.java} "$ROOT"/bin/support/{setup,pack}-dynamodb* | sha256sum | cut -c 1-8
)

version_at_least() { # HAVE WANTED
  [[ $(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n 1) == "$2" ]]
}

# find_krakend: prints the path of a KrakenD new enough: on the PATH, else in the cache.
find_krakend() {
  local program version
  # Both streams: KrakenD prints its version on stderr.
  if program=$(type -P krakend); then
    version=$("$program" version 2>&1 | sed -n 's/^KrakenD Version: *v\{0,1\}//p')
    if [[ -n $version ]] && version_at_least "$version" "$KRAKEND_VERSION"; then
      printf '%s\n' "$program"
      return
    fi
  fi
  [[ -x $KRAKEND_IN_CACHE ]] && printf '%s\n' "$KRAKEND_IN_CACHE"
}

# find_haproxy: prints the path of a HAProxy new enough.
find_haproxy() {
  local program
  program=$(find_program haproxy) && version_at_least "$(haproxy_version "$program")" "$HAPROXY_VERSION" || return
  printf '%s\n' "$program"
}

haproxy_version() { "$1" -v 2>&1 | sed -n '1s/^HAProxy version \([0-9][0-9.]*\).*/\1/p'; }

# present_gateways: prints which gateways this machine has, the preferred one first.
present_gateways() {
  if find_krakend >/dev/null; then echo krakend; fi
  if find_haproxy >/dev/null; then echo haproxy; fi
}

# present_gateway: prints the one that runs if none is asked for.
present_gateway() { present_gateways | grep -m 1 .; }

# find_program NAME: Debian keeps servers in /usr/sbin, which is not on an ordinary user's PATH.
find_program() { PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin type -P "$1"; }
