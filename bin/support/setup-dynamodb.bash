# shellcheck shell=bash
# DynamoDB Local's jars, the compiled launcher, and an archive of the classes that a start loads, in the cache.

setup_dynamodb() {
  [[ -d $DYNAMODB_IN_CACHE ]] && return
  UNFINISHED=$(mktemp -d "$CACHE/dynamodb-local.XXXXXX")
  slowly "Fetching DynamoDB Local $DYNAMODB_VERSION" mvn --batch-mode --no-transfer-progress \
    --file "$ROOT/etc/dynamodb-local/pom.xml" "-Dtarget=$UNFINISHED" \
    dependency:copy-dependencies compiler:compile || { show_failure; exit 1; }
  python3 bin/support/pack-dynamodb "$UNFINISHED"
  # mktemp makes the folder private; others on this machine may run what it holds.
  chmod 755 "$UNFINISHED"
  # Renamed when complete, so a folder of this name is never half full. -T: never into an existing one.
  mv -T "$UNFINISHED" "$DYNAMODB_IN_CACHE"
  archive_classes
}

# A start takes half the time with classes that are read as they were laid out once. The archive is good for the same
# jars at the same place; another Java, or none of it, and the server starts all the same, but slower.
archive_classes() {
  local data server
  data=$(mktemp -d "${TMPDIR:-/tmp}/course-enrollment-classes.XXXXXX")
  java -XX:+UseSerialGC -XX:ArchiveClassesAtExit="$DYNAMODB_IN_CACHE/classes.jsa" \
    -cp "$DYNAMODB_IN_CACHE/jars/*" Launcher 127.0.0.1 0 "$data" >"$data/said" 2>&1 9>&- &
  server=$!
  for _ in {1..300}; do # bounded: half a minute
    if grep -q "on http" "$data/said" || ! kill -0 "$server" 2>/dev/null; then break; fi
    sleep 0.1
  done
  kill "$server" 2>/dev/null || true
  wait "$server" || true
  rm -rf "$data"
}
