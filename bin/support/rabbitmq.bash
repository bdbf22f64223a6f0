# shellcheck shell=bash
# Where the system's RabbitMQ node lives, or one of its $RABBITMQ_NODES: for run-rabbitmq, which starts it, and rabbitmqctl,
# which asks it.

source "$(dirname "${BASH_SOURCE[0]}")/versions.bash"

# find_rabbitmq SCRIPT: Debian's scripts in /usr/sbin change to the user rabbitmq, so those behind them.
find_rabbitmq() {
  local debian=/usr/lib/rabbitmq/bin/$1
  if [[ -x $debian ]]; then printf '%s\n' "$debian"; else find_program "$1"; fi
}

STATE=$VAR_DIR/rabbitmq
# Erlang keeps its cookie, the password between nodes, in HOME: not the one of the user's other nodes.
export HOME=$STATE/home
NODE_NAME=enrollment FIRST_PORT=$RABBITMQ_PORT RABBITMQ_CONFIG_FILE=$ROOT/etc/rabbitmq.conf
# Of a cluster on this machine each node has a folder and a name of its own, and ports 10 above those of the one before.
if ((${RABBITMQ_NODES:-1} > 1)); then
  NODE=${RABBITMQ_NODE:-${HONCHO_PROCESS_NAME##*.}}
  STATE=$STATE/r$NODE NODE_NAME=r$NODE RABBITMQ_CONFIG_FILE=$STATE/rabbitmq.conf
  RABBITMQ_PORT=$((FIRST_PORT + 10 * (NODE - 1)))
fi
mkdir -p "$HOME" "$STATE/log"

# Each system has an epmd (Erlang's directory of nodes) of its own, so a node can always have the same
# name, which its data is tied to, and two systems run side by side. The address instead of a host name
# (hence "long") makes it independent of what /etc/hosts says.
export RABBITMQ_NODENAME=$NODE_NAME@127.0.0.1 RABBITMQ_USE_LONGNAME=true
export ERL_EPMD_PORT=$((FIRST_PORT + 1)) ERL_EPMD_ADDRESS=127.0.0.1
export RABBITMQ_NODE_IP_ADDRESS=127.0.0.1 RABBITMQ_NODE_PORT=$RABBITMQ_PORT
# Not RabbitMQ's own default, 20000 above: there the kernel may have given the port to any connection.
export RABBITMQ_DIST_PORT=$((RABBITMQ_PORT + 2))
# -start_epmd false: Erlang would start a missing epmd as a daemon, which then outlives the system.
export ERL_AFLAGS="-start_epmd false -kernel inet_dist_use_interface {127,0,0,1}"

# Each of these would else be in /var, for the user rabbitmq alone and shared by all systems.
export RABBITMQ_MNESIA_BASE=$STATE RABBITMQ_MNESIA_DIR=$STATE/data RABBITMQ_LOG_BASE=$STATE/log
export RABBITMQ_FEATURE_FLAGS_FILE=$STATE/feature_flags RABBITMQ_PLUGINS_EXPAND_DIR=$STATE/plugins
export ERL_CRASH_DUMP=$STATE/log/erl_crash.dump # else in the current folder
export RABBITMQ_PID_FILE=$STATE/pid RABBITMQ_GENERATED_CONFIG_DIR=$STATE/config
export RABBITMQ_CONFIG_FILE
# Nothing from /etc/rabbitmq, which is the system service's: there are no such files. Not /dev/null, which is none everywhere:
# in some sandboxes it is a file that keeps for a moment what others write there, and is run as a script here.
export RABBITMQ_CONF_ENV_FILE=$STATE/rabbitmq-env.conf RABBITMQ_ADVANCED_CONFIG_FILE=$STATE/advanced.config
# From the first line on: the level in rabbitmq.conf counts only once that file is read.
export RABBITMQ_LOG=warning
export RABBITMQ_ENABLED_PLUGINS_FILE=$STATE/enabled_plugins
