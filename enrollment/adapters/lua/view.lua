-- Part of the scripts that write: what of the line is shown, and whose history this server continues.

-- A server that was promoted or started anew has another replication id: what it knows may be less than was shown.
local function replication_id()
  return redis.call('INFO', 'replication'):match('master_replid:(%x+)')
end

-- Whether what is known of the line is another server's, before this one took over or started anew.
local function was_replaced(head)
  local replid = redis.call('HGET', head, 'replid')
  return replid and replid ~= replication_id()
end

-- change: token, version before, version after, "1" if the places are the whole line or "0", and the clock (stamp.lua),
-- number of places, (student, place, since)…, student…
local function show(line, since, pending, change)
  local places = tonumber(change[5])
  for i = 6, 5 + 3 * places, 3 do
    redis.call('ZADD', line, change[i + 1], change[i])
    redis.call('HSET', since, change[i], change[i + 2])
  end
  for i = 6 + 3 * places, #change do
    redis.call('ZREM', line, change[i])
    redis.call('HDEL', since, change[i])
  end
  redis.call('HDEL', pending, change[1])
end

-- Show the changes that were kept back because one before them was missing; returns the version reached. Those that
-- are older are in the line already.
local function catch_up(line, since, pending, deltas, version)
  while true do
    local packed = redis.call('HGET', deltas, version)
    if not packed then
      break
    end
    redis.call('HDEL', deltas, version)
    local change = cmsgpack.unpack(packed)
    show(line, since, pending, change)
    version = change[3]
  end
  for _, before in ipairs(redis.call('HKEYS', deltas)) do
    if tonumber(before) < tonumber(version) then
      redis.call('HDEL', deltas, before)
    end
  end
  return version
end
