-- All that position requests for one class need, in one round trip. Changes nothing.
-- KEYS: line, head, pending      ARGV: student…
-- Returns version, stamp, now (seconds), length, age in seconds of the oldest mark (-1: none), then each student's
-- rank (0 = next); version, stamp and rank are false when unknown.
local now = tonumber(redis.call('TIME')[1])
local oldest = -1
for _, mark in ipairs(redis.call('HVALS', KEYS[3])) do
  oldest = math.max(oldest, now - tonumber(mark:match(' (%d+)$')))
end
local known = redis.call('HMGET', KEYS[2], 'version', 'stamp')
local reply = {known[1], known[2], now, redis.call('ZCARD', KEYS[1]), oldest}
for i, student in ipairs(ARGV) do
  reply[5 + i] = redis.call('ZRANK', KEYS[1], student)
end
return reply
