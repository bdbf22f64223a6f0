-- Leave the queue of those who want to change a class, and for the next one what was committed last; call that one.
-- KEYS: queue, left      ARGV: token, what to leave ('' for nothing), ms after which all expires
-- Returns how many are left.
local queue, left, token = KEYS[1], KEYS[2], ARGV[1]
local had_it = redis.call('LINDEX', queue, 0) == token
redis.call('LREM', queue, 1, token)
redis.call('DEL', key_of_call(queue, token))
if ARGV[2] ~= '' then
  redis.call('SET', left, ARGV[2], 'PX', ARGV[3])
end
if had_it then
  call_first(queue, left, ARGV[3])
end
return redis.call('LLEN', queue)
