-- All classes there are have been published: forget those that are gone. Others may read again.
-- KEYS: classes, changed, head, reader      (see class_feed.py)
-- ARGV: the name of the reading, class id…
local classes, changed, head, reader = unpack(KEYS)
for i = 2, #ARGV do
  redis.call('HDEL', classes, ARGV[i])
  redis.call('ZREM', changed, ARGV[i])
end
redis.call('HSET', head, 'reading', ARGV[1], 'read_at', redis.call('TIME')[1])
redis.call('DEL', reader)
return 1
