-- Leave the queue of those who want to change a class, and for the next one what was committed last.
-- KEYS: queue, left      ARGV: token, what to leave ('' for nothing), ms after which it expires
-- Returns how many are left.
redis.call('LREM', KEYS[1], 1, ARGV[1])
if ARGV[2] ~= '' then
  redis.call('SET', KEYS[2], ARGV[2], 'PX', ARGV[3])
end
return redis.call('LLEN', KEYS[1])
