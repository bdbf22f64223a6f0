-- A process says that it lives. KEYS: instances      ARGV: its name, seconds for which that holds
local now = redis.call('TIME')
return redis.call('ZADD', KEYS[1], now[1] + now[2] / 1000000 + ARGV[2], ARGV[1])
