-- One committed change of a line, moved into Redis. Atomic and idempotent.
-- KEYS: line, since, stamp text, head, pending          (see line.py)
-- ARGV: token, version before, version after, number of places, (student, place, since)…, student…
-- Returns 1 when Redis now shows this change or a later one, 0 when it misses an earlier one and must be restored.
local line, since, text, head, pending = unpack(KEYS)
local known = redis.call('HGET', head, 'version')
if known and tonumber(known) >= tonumber(ARGV[3]) then
  redis.call('HDEL', pending, ARGV[1])
  return 1
end
if known ~= ARGV[2] then
  return 0 -- the mark of this change stays, so nobody trusts the line until it is restored
end
local places = tonumber(ARGV[4])
for i = 5, 4 + 3 * places, 3 do
  redis.call('ZADD', line, ARGV[i + 1], ARGV[i])
  redis.call('HSET', since, ARGV[i], ARGV[i + 2])
end
for i = 5 + 3 * places, #ARGV do
  redis.call('ZREM', line, ARGV[i])
  redis.call('HDEL', since, ARGV[i])
end
redis.call('HDEL', pending, ARGV[1])
stamp_change(text, head, ARGV[3])
return 1
