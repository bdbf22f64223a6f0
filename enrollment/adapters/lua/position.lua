-- All that position requests for one class need, in one round trip. Changes nothing.
-- KEYS: line, since, head, pending      ARGV: student…
-- Returns version, stamp, now (seconds), length, age in seconds of the oldest mark (-1: none), then for each student
-- rank (0 = next) and since when; version, stamp, rank and since are false when unknown.
local now = tonumber(redis.call('TIME')[1])
local oldest = -1
for _, mark in ipairs(redis.call('HVALS', KEYS[4])) do
  oldest = math.max(oldest, now - tonumber(mark:match(' (%d+)$')))
end
local known = redis.call('HMGET', KEYS[3], 'version', 'stamp')
local reply = {known[1], known[2], now, redis.call('ZCARD', KEYS[1]), oldest}
for i, student in ipairs(ARGV) do
  reply[4 + 2 * i] = redis.call('ZRANK', KEYS[1], student)
  reply[5 + 2 * i] = redis.call('HGET', KEYS[2], student)
end
return reply
