-- All that a position request needs, in one round trip. Changes nothing.
-- KEYS: line, head, pending      ARGV: student
-- Returns version, stamp, now (seconds), rank (0 = next), length, age in seconds of the oldest mark (-1: none);
-- version and rank are false when unknown.
local now = tonumber(redis.call('TIME')[1])
local oldest = -1
for _, mark in ipairs(redis.call('HVALS', KEYS[3])) do
  local since = tonumber(mark:match(' (%d+)$'))
  oldest = math.max(oldest, now - since)
end
local known = redis.call('HMGET', KEYS[2], 'version', 'stamp')
return {
  known[1], known[2], now, redis.call('ZRANK', KEYS[1], ARGV[1]),
  redis.call('ZCARD', KEYS[1]), oldest,
}
