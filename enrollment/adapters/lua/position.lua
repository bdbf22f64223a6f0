-- All that position requests for one class need, in one round trip.
-- KEYS: line, since, head, pending, deltas      ARGV: student…
-- Returns version, stamp, now (seconds), length, age in seconds of the oldest mark (-1: none), state, then for each
-- student rank (0 = next) and since when; version, stamp, rank and since are false when unknown. State: 0 unknown, or
-- known to a server that is no more; 1 waiting for changes that are on their way; 2 as it is in DynamoDB.
local now = tonumber(redis.call('TIME')[1])
local oldest = -1
for _, mark in ipairs(redis.call('HVALS', KEYS[4])) do
  oldest = math.max(oldest, math.abs(now - tonumber(mark:match('^%d+ (%d+)')))) -- the clock may have been put back
end
local known = redis.call('HMGET', KEYS[3], 'version', 'stamp', 'clock', 'exact_from', 'replid')
local state = 0
if known[1] and known[5] == redis.call('INFO', 'replication'):match('master_replid:(%x+)') then
  local waits = tonumber(known[1]) < tonumber(known[4] or 0) or redis.call('HLEN', KEYS[5]) > 0
  state = waits and 1 or 2
end
local stamp, clock = tonumber(known[2] or nil), tonumber(known[3] or nil)
if stamp and clock and stamp == clock + 1 and now >= stamp then
  -- From now on this stamp has been seen (stamp.lua). If that cannot be noted, it is not shown.
  local noted = redis.pcall('HSET', KEYS[3], 'clock', stamp)
  if type(noted) == 'table' and noted.err then
    now = clock
  end
end
local reply = {known[1], known[2], now, redis.call('ZCARD', KEYS[1]), oldest, state}
for i, student in ipairs(ARGV) do
  reply[5 + 2 * i] = redis.call('ZRANK', KEYS[1], student)
  reply[6 + 2 * i] = redis.call('HGET', KEYS[2], student)
end
return reply
