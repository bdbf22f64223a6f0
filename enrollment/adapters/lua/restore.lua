-- The whole line as DynamoDB has it. Never takes Redis back to an earlier version. Atomic and idempotent.
-- KEYS: line, since, stamp text, head, pending
-- ARGV: version, seconds after which a mark is abandoned, (student, place, since)…
-- Returns 1 when Redis showed something else before.
local line, since, text, head, pending = unpack(KEYS)
local known = redis.call('HGET', head, 'version')
if known and tonumber(known) > tonumber(ARGV[1]) then
  return 0
end
local now = tonumber(redis.call('TIME')[1])
local marks = redis.call('HGETALL', pending)
for i = 1, #marks, 2 do
  local after, made = marks[i + 1]:match('^(%d+) (%d+)$')
  if tonumber(after) <= tonumber(ARGV[1]) or now - tonumber(made) > tonumber(ARGV[2]) then
    redis.call('HDEL', pending, marks[i])
  end
end
local shown = redis.call('ZRANGE', line, 0, -1, 'WITHSCORES')
local same = known == ARGV[1] and #shown / 2 == (#ARGV - 2) / 3 and redis.call('EXISTS', text) == 1
  and redis.call('HLEN', since) == #shown / 2
for i = 1, same and #shown / 2 or 0 do
  same = same and shown[2 * i - 1] == ARGV[3 * i] and tonumber(shown[2 * i]) == tonumber(ARGV[3 * i + 1])
end
if same then
  return 0
end
redis.call('DEL', line, since)
for i = 3, #ARGV, 3 do
  redis.call('ZADD', line, ARGV[i + 1], ARGV[i])
  redis.call('HSET', since, ARGV[i], ARGV[i + 2])
end
stamp_change(text, head, ARGV[1])
return 1
