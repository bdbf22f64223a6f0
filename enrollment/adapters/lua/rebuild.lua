-- The whole line as it was read from DynamoDB. Atomic and idempotent. Never takes Redis back to an earlier version.
-- KEYS: line, since, stamp text, head, pending, deltas, note, line read, since read
-- ARGV: version before the reading, version after it, the clock (stamp.lua), token…
-- What was read is a mixture of the versions between the two. The changes between them that are kept back (commit.lua)
-- make it one version: each says what its students are now, and the others did not change. Until the version after the
-- reading is reached the line is not believed (`exact_from`).
-- Returns 1 when it is shown now, 0 when Redis knew a later version, -1 as adopt.lua.
local line, since, text, head, pending, deltas, note, line_read, since_read = unpack(KEYS)
if redis.call('GET', note) ~= replication_id() then
  redis.call('UNLINK', line_read, since_read)
  return -1
end
redis.call('DEL', note)
local known = redis.call('HMGET', head, 'version', 'exact_from', 'replid')
if #ARGV > 3 then
  redis.call('HDEL', pending, unpack(ARGV, 4))
end
local version = tonumber(known[1] or nil)
if version and version > tonumber(ARGV[1]) and version >= tonumber(known[2] or 0) and known[3] == replication_id() then
  redis.call('UNLINK', line_read, since_read)
  return 0
end
local replaced = was_replaced(head)
redis.call('UNLINK', line, since)
for read, shown in pairs({[line_read] = line, [since_read] = since}) do
  if redis.call('EXISTS', read) == 1 then
    redis.call('RENAME', read, shown)
    redis.call('PERSIST', shown)
  end
end
local reached = catch_up(line, since, pending, deltas, ARGV[1])
redis.call('HSET', head, 'version', reached, 'exact_from', ARGV[2], 'replid', replication_id())
stamp_change(text, head, replaced, ARGV[3])
return 1
