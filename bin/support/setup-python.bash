# shellcheck shell=bash
# The virtual environment .venv with the pinned packages, installed again only when the pins change.

VENV=$ROOT/.venv

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
  install_requirements requirements.txt
  if [[ -n $WITH_TESTS ]]; then install_requirements tests/requirements.txt; fi
}

install_requirements() { # FILE
  local file=$ROOT/$1 stamp checksum
  stamp=$VENV/.installed-${1//\//-}
  # The folder is part of it: a virtual environment that was moved has the old path in its scripts.
  checksum=$(printf '%s\n' "$ROOT" | cat "$file" - | sha256sum) || die "$1 is missing from $ROOT."
  [[ -f $stamp && $(<"$stamp") == "$checksum" ]] && return
  rm -f "$stamp"
  slowly "Installing Python packages of $1" "$VENV/bin/python" -m pip install \
    --disable-pip-version-check --progress-bar off --require-hashes -r "$file" || { show_failure; exit 1; }
  printf '%s\n' "$checksum" >"$stamp"
}
