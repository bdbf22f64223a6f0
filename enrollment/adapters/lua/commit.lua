-- One committed change of a line, moved into Redis. Atomic and idempotent.
-- KEYS: line, since, stamp text, head, pending, deltas          (see waitlist_cache.py)
-- ARGV: a change (see view.lua)
-- Returns 2 when Redis now shows this change or a later one. Otherwise the change is kept back, its mark stays, and it
-- is shown after those before it: 1 when an earlier change is missing, 0 when nothing is known of the line.
local line, since, text, head, pending, deltas = unpack(KEYS)
local before, after = ARGV[2], ARGV[3]
local whole, clock = ARGV[4]:match('^(%d) ?(%d*)')
local known = redis.call('HGET', head, 'version')
if known and tonumber(known) >= tonumber(after) then
  redis.call('HDEL', pending, ARGV[1])
  return 2
end
-- With our mark still here no mark was lost since our transaction, which none decided before it could pass.
local mark = redis.call('HGET', pending, ARGV[1])
local unbroken = mark and mark:match('(%x+)$') == replication_id()
if known ~= before then
  if whole ~= '1' or not unbroken then
    redis.call('HSET', deltas, before, cmsgpack.pack(ARGV))
    redis.call('EXPIRE', deltas, 60)
    return known and 1 or 0
  end
  redis.call('UNLINK', line, since)
  redis.call('HDEL', head, 'exact_from')
end
local replaced = was_replaced(head)
show(line, since, pending, ARGV)
local version = catch_up(line, since, pending, deltas, after)
redis.call('HSET', head, 'version', version)
if unbroken then -- the transaction proved that the line was as it is shown here, whatever server that is
  redis.call('HSET', head, 'replid', replication_id())
end
stamp_change(text, head, replaced, clock)
return 2
