# shellcheck shell=bash
# DynamoDB Local's jars and the compiled launcher, in the cache.

setup_dynamodb() {
  [[ -d $DYNAMODB_IN_CACHE ]] && return
  UNFINISHED=$(mktemp -d "$CACHE/dynamodb-local.XXXXXX")
  slowly "Fetching DynamoDB Local $DYNAMODB_VERSION" mvn --batch-mode --no-transfer-progress \
    --file "$ROOT/etc/dynamodb-local/pom.xml" "-Dtarget=$UNFINISHED" \
    dependency:copy-dependencies compiler:compile || { show_failure; exit 1; }
  # mktemp makes the folder private; others on this machine may run what it holds.
  chmod 755 "$UNFINISHED"
  # Renamed when complete, so a folder of this name is never half full. -T: never into an existing one.
  mv -T "$UNFINISHED" "$DYNAMODB_IN_CACHE"
}
