-- Believe what is shown, if it is the line as it is in DynamoDB.
-- KEYS: line, since, stamp text, head, pending, deltas, note
-- ARGV: the version that was read after the tokens could not be committed any more, length of the line, the clock
-- (stamp.lua), token…
-- Returns 1 when the line shown can be believed now, 0 when it must be rebuilt, -1 when Redis was emptied or replaced
-- since the note was made: marks may have been lost, and all begins anew.
local line, since, text, head, pending, deltas, note = unpack(KEYS)
if redis.call('GET', note) ~= replication_id() then
  return -1
end
local known = redis.call('HMGET', head, 'version', 'exact_from', 'replid')
local version = tonumber(known[1] or nil)
if not version or version < tonumber(known[2] or 0) or version < tonumber(ARGV[1]) then
  return 0
end
if version == tonumber(ARGV[1]) then
  local length = tonumber(ARGV[2])
  if redis.call('ZCARD', line) ~= length or redis.call('HLEN', since) ~= length or redis.call('EXISTS', text) == 0 then
    return 0
  end
elseif known[3] ~= replication_id() then
  return 0
end
if #ARGV > 3 then
  redis.call('HDEL', pending, unpack(ARGV, 4))
end
local replaced = was_replaced(head)
local reached = catch_up(line, since, pending, deltas, known[1])
redis.call('HSET', head, 'version', reached, 'replid', replication_id())
if reached ~= known[1] or replaced then
  stamp_change(text, head, replaced, ARGV[3])
end
return 1
