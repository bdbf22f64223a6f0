-- Stand in the queue of those who want to change a class, once; its first has the turn.
-- KEYS: queue, left      ARGV: token, token to be taken out if it is first ('' for none), ms after which all expires
-- Returns the token of the first, how many stand before us, and if that is nobody, what the last one left.
local queue, left, token, stuck = KEYS[1], KEYS[2], ARGV[1], ARGV[2]
if stuck ~= '' and redis.call('LINDEX', queue, 0) == stuck then
  redis.call('LPOP', queue)
  if redis.call('LINDEX', queue, 0) ~= token then
    call_first(queue, left, ARGV[3])
  end
end
local before = redis.call('LPOS', queue, token)
if not before then
  before = redis.call('RPUSH', queue, token) - 1
  redis.call('PEXPIRE', queue, ARGV[3])
end
return {redis.call('LINDEX', queue, 0), before, before == 0 and redis.call('GET', left) or ''}
