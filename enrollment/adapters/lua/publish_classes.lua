-- Classes as they were committed, for all instances' lists. What is older never replaces what is newer, by the version of
-- the line and then of the class: a class made anew in an emptied database begins with a later line. Atomic, idempotent.
-- KEYS: classes, changed, head      (see class_feed.py)
-- ARGV: (class id, line version, version, item)…
local classes, changed, head = unpack(KEYS)
local function is_newer(i, known)
  local line, version = known:match('^(%d+) (%d+)')
  local of_line, of_class = tonumber(ARGV[i + 1]) - tonumber(line), tonumber(ARGV[i + 2]) - tonumber(version)
  return of_line > 0 or (of_line == 0 and of_class > 0)
end
for i = 1, #ARGV, 4 do
  local known = redis.call('HGET', classes, ARGV[i])
  if not known or is_newer(i, known) then
    redis.call('HSET', classes, ARGV[i], ARGV[i + 1] .. ' ' .. ARGV[i + 2] .. ' ' .. ARGV[i + 3])
    redis.call('ZADD', changed, redis.call('HINCRBY', head, 'sequence', 1), ARGV[i])
  end
end
return 1
