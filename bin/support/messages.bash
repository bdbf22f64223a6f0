# shellcheck shell=bash
# What the set-up tells people: one line for each thing done, a sign of life during what is slow.

say() { printf '%s\n' "$*"; }
warn() { printf '%s\n' "$*" >&2; }
die() { warn "$1"; exit "${2:-1}"; }

# slowly MESSAGE COMMAND…: runs COMMAND, shows the seconds gone by and its latest line of output.
# Returns COMMAND's status; after a failure SLOWLY_LOG names the file with its whole output.
SLOWLY_LOG=
slowly() {
  local message=$1 started=$SECONDS pid status=0
  shift
  SLOWLY_LOG=$(mktemp "${TMPDIR:-/tmp}/course-enrollment-setup.XXXXXX")
  say "$message …"
  # Job control gives COMMAND a process group of its own: without it bash starts background commands
  # with SIGINT ignored, and Ctrl-C would leave them running. 9 is bin/setup's lock.
  set -m
  "$@" </dev/null >"$SLOWLY_LOG" 2>&1 9>&- &
  pid=$!
  set +m
  # shellcheck disable=SC2064
  trap "kill -INT -- -$pid 2>/dev/null; wait $pid; exit 130" INT TERM HUP
  _show_progress "$pid" "$started"
  wait "$pid" || status=$?
  trap - INT TERM HUP
  [[ -t 1 ]] && printf '\r\033[K'
  if ((status == 0)); then
    say "  done in $((SECONDS - started)) s"
    rm -f "$SLOWLY_LOG"
  fi
  return "$status"
}

show_failure() { # after slowly failed: the end of what the command printed
  warn "  failed; the end of its output ($SLOWLY_LOG):"
  tail -n 15 "$SLOWLY_LOG" | sed 's/^/    /' >&2
}

_show_progress() { # PID STARTED: on a terminal one line that is rewritten, else a line every 10 s
  local pid=$1 started=$2 shown=$SECONDS latest
  while kill -0 "$pid" 2>/dev/null; do
    sleep 0.2
    if [[ -t 1 ]] || ((SECONDS - shown >= 10)); then
      shown=$SECONDS
      latest=$(tail -n 1 "$SLOWLY_LOG" | tr -cd '\040-\176' | cut -c 1-60)
      if [[ -t 1 ]]; then printf '\r\033[K  %s s: %s' "$((SECONDS - started))" "$latest"
      else say "  … $((SECONDS - started)) s: $latest"; fi
    fi
  done
}
