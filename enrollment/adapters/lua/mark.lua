-- Mark that a change of the line is about to be committed. From now on no 304 is given until it is applied.
-- KEYS: pending      ARGV: token, version after the change
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2] .. ' ' .. redis.call('TIME')[1] .. ' ' .. replication_id())
return 1
