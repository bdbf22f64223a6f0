-- Mark that a change of the line is about to be committed. From now on no 304 is given until it is applied.
-- KEYS: pending, head      ARGV: token, version after the change
-- Returns how many replicas keep up, that is, were heard of within the last seconds, and the present second, or the
-- stamp of the change before if that is later.
local now = redis.call('TIME')[1]
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2] .. ' ' .. now .. ' ' .. replication_id())
local keep_up = 0
for lag in redis.call('INFO', 'replication'):gmatch('state=online,[^\r\n]*lag=(%d+)') do
  if tonumber(lag) <= 2 then
    keep_up = keep_up + 1
  end
end
return {keep_up, math.max(now, redis.call('HGET', KEYS[2], 'stamp') or 0)}
