-- Classes of which nobody knows whether they changed: they count as changed.
-- KEYS: changed, head      ARGV: class id…
for _, class_id in ipairs(ARGV) do
  redis.call('ZADD', KEYS[1], redis.call('HINCRBY', KEYS[2], 'sequence', 1), class_id)
end
return 1
