# shellcheck shell=bash
# The virtual environment .venv with the pinned packages, installed again only when the pins change.

VENV=$ROOT/.venv
UV_PINS=$ROOT/etc/uv-requirements.txt
UV_IN_CACHE=$CACHE/uv-$(sed -n 's/^uv==\([0-9.]*\).*/\1/p' "$UV_PINS")

venv_is_usable() { "$VENV/bin/python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }

python_is_usable() { find_python >/dev/null; }

find_python() { # prints a Python 3.11 or newer that can make virtual environments
  local python
  for python in python3 /usr/bin/python3; do
    if "$python" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
      printf '%s\n' "$python"
      return
    fi
  done
  return 1
}

setup_python() {
  local python
  if ! venv_is_usable; then
    python=$(find_python) || die "Python 3.11 or newer with venv is needed, this system has $(python3 --version 2>&1)."
    rm -rf "$VENV"
    slowly "Creating .venv" "$python" -m venv "$VENV" || { show_failure; exit 1; }
  fi
  # What runs is compiled here, once: a dozen processes that start at the same time would each do it.
  install_requirements requirements.txt --compile-bytecode
  if [[ -n $WITH_TESTS ]]; then install_requirements tests/requirements.txt; fi
}

install_requirements() { # FILE [OPTION OF UV…]
  local file=$ROOT/$1 stamp checksum
  stamp=$VENV/.installed-${1//\//-}
  # The folder is part of it: a virtual environment that was moved has the old path in its scripts.
  checksum=$(printf '%s\n' "$ROOT" | cat "$file" - | sha256sum) || die "$1 is missing from $ROOT."
  [[ -f $stamp && $(<"$stamp") == "$checksum" ]] && return
  rm -f "$stamp"
  shift
  install_with_uv "$file" "$@" || slowly "Installing Python packages of ${file#"$ROOT"/}" "$VENV/bin/python" -m pip install \
    --disable-pip-version-check --progress-bar off --require-hashes -r "$file" || { show_failure; exit 1; }
  printf '%s\n' "$checksum" >"$stamp"
}

# In a fifth of the time that pip takes, from the same pins with the same hashes. It knows nothing of pip's settings: where
# they name another index than PyPI, and where uv cannot be had or does not come through, it is left to pip.
install_with_uv() { # FILE [OPTION…]
  local file=$1
  shift
  if "$VENV/bin/python" -m pip config list | grep -q index-url; then return 1; fi
  fetch_uv && slowly "Installing Python packages of ${file#"$ROOT"/}" "$UV_IN_CACHE/bin/uv" pip install --no-progress \
    --python "$VENV/bin/python" --require-hashes "$@" -r "$file" || { say "  not with uv (see $SLOWLY_LOG), so with pip"; return 1; }
}

fetch_uv() {
  [[ -x $UV_IN_CACHE/bin/uv ]] && return
  UNFINISHED=$(mktemp -d "$CACHE/uv.XXXXXX")
  slowly "Fetching uv" "$VENV/bin/python" -m pip install --disable-pip-version-check --progress-bar off \
    --require-hashes --only-binary :all: --target "$UNFINISHED" -r "$UV_PINS" || return
  mv -T "$UNFINISHED" "$UV_IN_CACHE"
  UNFINISHED=''
}
