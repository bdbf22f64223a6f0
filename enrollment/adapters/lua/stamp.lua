-- Part of commit.lua and rebuild.lua.
-- Dates have one-second grain, and two changes must never look like one (RFC 9110 §8.8.2.2). `stamp` is the present
-- second if the last change was earlier, else the next one. `clock` is the latest second at which a change was stamped
-- or a stamp was shown (position.lua): while it is still that second, nobody has seen the next one, and a further change
-- may keep it. In every other case, also when the clock has been put back, a new stamp is later than the last one.

local function http_date(s) -- IMF-fixdate, RFC 9110 §5.6.7; the calendar by the count of days from 1 March 0000
  local days = math.floor(s / 86400)
  local z = days + 719468
  local era = math.floor(z / 146097)
  local doe = z - era * 146097
  local yoe = math.floor((doe - math.floor(doe / 1460) + math.floor(doe / 36524) - math.floor(doe / 146096)) / 365)
  local doy = doe - (365 * yoe + math.floor(yoe / 4) - math.floor(yoe / 100))
  local mp = math.floor((5 * doy + 2) / 153)
  local month = mp < 10 and mp + 3 or mp - 9
  local year = yoe + era * 400 + (month <= 2 and 1 or 0)
  local names = {'Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'}
  local weekdays = {'Thu', 'Fri', 'Sat', 'Sun', 'Mon', 'Tue', 'Wed'}
  return string.format('%s, %02d %s %04d %02d:%02d:%02d GMT', weekdays[days % 7 + 1],
    doy - math.floor((153 * mp + 2) / 5) + 1, names[month], year,
    math.floor(s / 3600) % 24, math.floor(s / 60) % 60, s % 60)
end

local function next_stamp(last, clock, now)
  if not last then
    return now + 1 -- the present second may be the stamp of another line that was here
  end
  if last < now then
    return now
  end
  if last == now + 1 and clock == now then
    return last
  end
  return last + 1
end

-- A server that was emptied (no last stamp), promoted or started anew (replaced) may not know the last stamp that was
-- shown. DynamoDB has, as `clock`, when the last change was marked, or the stamp before it: it was stamped after that, and
-- no more than so many seconds; '0' where there was no change before. Where DynamoDB has nothing ('', from version 1.1)
-- it was not shown before that server's clock had reached it, and clocks are no more than so many seconds apart.
local STAMPED_WITHIN = 10

local function stamp_change(text, head, replaced, clock)
  local known = redis.call('HMGET', head, 'stamp', 'clock')
  local last, seen = tonumber(known[1] or nil), tonumber(known[2] or nil)
  local now = tonumber(redis.call('TIME')[1])
  if replaced or not (last or clock == '0') then
    now = math.max(now, tonumber(clock) or 0) + STAMPED_WITHIN
  end
  local stamp = next_stamp(last, seen, now)
  redis.call('HSET', head, 'stamp', string.format('%d', stamp), 'clock', math.max(now, seen or 0))
  redis.call('SET', text, http_date(stamp))
end
