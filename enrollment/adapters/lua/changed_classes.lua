-- The classes that changed after a point in the sequence, oldest change first; all of them when there has been another
-- whole reading since, or when the sequence has gone back.
-- KEYS: classes, changed, head      ARGV: reading, sequence, most
-- Returns reading (false: none yet), its age in seconds, 1 if it starts anew, last sequence, then the value of each class.
local classes, changed, head = unpack(KEYS)
local known = redis.call('HMGET', head, 'reading', 'read_at', 'sequence')
local anew = known[1] ~= ARGV[1] or tonumber(known[3] or 0) < tonumber(ARGV[2])
local from = anew and '0' or ARGV[2]
local found = redis.call('ZRANGEBYSCORE', changed, '(' .. from, '+inf', 'WITHSCORES', 'LIMIT', 0, ARGV[3])
local age = math.abs(tonumber(redis.call('TIME')[1]) - tonumber(known[2] or 0)) -- the clock may have been put back
local reply = {known[1], age, anew and 1 or 0, found[#found] or from}
for i = 1, #found, 2 do
  reply[#reply + 1] = redis.call('HGET', classes, found[i])
end
return reply
