# shellcheck shell=bash
# Debian and Ubuntu packages: which are missing, and installing them without starting their services.

missing_packages() { # prints the packages to install, one a line
  find_program redis-server >/dev/null || echo redis-server
  find_program rabbitmq-server >/dev/null || echo rabbitmq-server
  java_is_new_enough || echo default-jre-headless
  if [[ ! -d $DYNAMODB_IN_CACHE ]] && ! find_program mvn >/dev/null; then echo maven; fi
  venv_is_usable || python_is_usable || printf '%s\n' python3 python3-venv
  if [[ -n $WITH_TESTS ]] && ! find_program chromium >/dev/null; then echo chromium; fi
  if [[ -n $WITH_TESTS ]] && ! find_program cc >/dev/null; then printf '%s\n' gcc libc6-dev; fi
  if [[ -n $WITH_BENCH ]] && ! find_program wrk >/dev/null; then echo wrk; fi
}

java_is_new_enough() {
  local home version
  # The file in its folder says it, too, and starting Java takes 0.2 s.
  home=$(readlink -f "$(type -P java)") home=${home%/bin/java}
  version=$(sed -n 's/^JAVA_VERSION="\([0-9]*\).*/\1/p' "$home/release" 2>/dev/null) || version=''
  [[ -n $version ]] || version=$(java -XshowSettings:none -version 2>&1 | sed -n 's/.* version "\([0-9]*\).*/\1/p')
  ((${version:-0} >= 17))
}

install_packages() { # PACKAGE…
  local -a as_root=() command=(apt-get install --yes --no-install-recommends "$@")
  type -P apt-get >/dev/null || die "Missing here: $*. bin/setup installs on Debian and Ubuntu only; install these and run it again."
  if ((EUID != 0)); then
    can_sudo || die "Missing here: $*. Run this, then bin/setup again:"$'\n'"  su -c 'apt-get update && ${command[*]}'"
    as_root=(sudo)
  fi
  note_units
  deny_service_starts "${as_root[@]}"
  slowly "Updating the list of packages" "${as_root[@]}" apt-get -q update || show_failure
  # DEBIAN_FRONTEND goes through env: sudo drops it from the environment.
  slowly "Installing $*" "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive "${command[@]}" ||
    { show_failure; exit 1; }
  keep_new_units_off "${as_root[@]}"
  allow_service_starts
}

can_sudo() { # asks for the password only where somebody can type one
  type -P sudo >/dev/null || return 1
  if [[ -t 0 ]]; then sudo -v; else sudo -n true 2>/dev/null; fi
}

# invoke-rc.d and deb-systemd-invoke ask /usr/sbin/policy-rc.d before they start a service: 101 means no.
POLICY=/usr/sbin/policy-rc.d
POLICY_UNDO=()
deny_service_starts() { # [sudo]
  [[ -e $POLICY ]] && return
  POLICY_UNDO=("$@" rm -f "$POLICY")
  printf '#!/bin/sh\nexit 101\n' | "$@" tee "$POLICY" >/dev/null
  "$@" chmod 755 "$POLICY"
}

allow_service_starts() { # also from bin/setup's EXIT trap
  ((${#POLICY_UNDO[@]} == 0)) || "${POLICY_UNDO[@]}"
  POLICY_UNDO=()
}

# The system services that may come with the packages. The Procfile runs its own instances, and on the same
# ports both cannot; so those that were not here before are not to start at the next boot either.
UNITS=(redis-server.service rabbitmq-server.service epmd.service epmd.socket haproxy.service)
UNITS_BEFORE=''
note_units() { UNITS_BEFORE=" $(present_units | xargs) "; }

present_units() {
  local unit
  for unit in "${UNITS[@]}"; do if [[ -e /lib/systemd/system/$unit ]]; then echo "$unit"; fi; done
}

keep_new_units_off() { # [sudo]
  local unit
  type -P systemctl >/dev/null || return 0
  for unit in $(present_units); do
    # No failure: where systemd does not run (a container) there is nothing to keep off.
    [[ $UNITS_BEFORE == *" $unit "* ]] || "$@" systemctl disable "$unit" >/dev/null 2>&1 || true
  done
}

rabbitmq_version() { # of the package; other installations are taken as they are
  dpkg-query -W -f '${Version}' rabbitmq-server 2>/dev/null | sed 's/^[0-9]*://; s/[-~+].*//'
}

setup_packages() {
  local -a missing
  local version
  mapfile -t missing < <(missing_packages)
  ((${#missing[@]} == 0)) || install_packages "${missing[@]}"
  java_is_new_enough || die "Java 17 or newer is needed, and $(type -P java) is older: put a newer one first on the PATH."
  version=$(rabbitmq_version)
  [[ -z $version ]] || version_at_least "$version" 3.10 ||
    die "RabbitMQ 3.10 or newer is needed, this system has $version (Debian 12, Ubuntu 24.04 or newer have it)."
}
