-- The whole line as DynamoDB has it. Never takes Redis back to an earlier version. Atomic and idempotent.
-- KEYS: line, stamp text, head, pending
-- ARGV: version, seconds after which a mark is abandoned, (student, place)…
-- Returns 1 when Redis showed something else before.
local line, text, head, pending = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local known = redis.call('HGET', head, 'version')
if known and tonumber(known) > tonumber(ARGV[1]) then
  return 0
end
local now = tonumber(redis.call('TIME')[1])
local marks = redis.call('HGETALL', pending)
for i = 1, #marks, 2 do
  local after, since = marks[i + 1]:match('^(%d+) (%d+)$')
  if tonumber(after) <= tonumber(ARGV[1]) or now - tonumber(since) > tonumber(ARGV[2]) then
    redis.call('HDEL', pending, marks[i])
  end
end
local shown = redis.call('ZRANGE', line, 0, -1, 'WITHSCORES')
local same = known == ARGV[1] and #shown == #ARGV - 2 and redis.call('EXISTS', text) == 1
for i = 1, #shown do
  same = same and tonumber(shown[i]) == tonumber(ARGV[i + 2])
end
if same then
  return 0
end
redis.call('DEL', line)
for i = 3, #ARGV, 2 do
  redis.call('ZADD', line, ARGV[i + 1], ARGV[i])
end
stamp_change(text, head, ARGV[1])
return 1
