-- The processes that were not heard of in time, each once.
-- KEYS: instances      ARGV: the longest that a heartbeat holds: what holds longer was said before the clock was put back
local time = redis.call('TIME')
local now = time[1] + time[2] / 1000000
local missed = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now)
for _, name in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], now + 2 * ARGV[1], '+inf')) do
  missed[#missed + 1] = name
end
for _, name in ipairs(missed) do
  redis.call('ZREM', KEYS[1], name)
end
return missed
