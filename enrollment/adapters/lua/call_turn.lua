-- Tell the first of the queue, who waits for it, that the turn has come: in a stream that it alone reads.
redis.set_repl(redis.REPL_NONE) -- turns are a hint: neither the disk nor a replica is waited for (appendfsync)
local function key_of_call(queue, token)
  return 'turn-call-' .. token .. queue:sub(#'turn' + 1)
end
local function call_first(queue, left, expires_ms)
  local first = redis.call('LINDEX', queue, 0)
  if first then
    local call = key_of_call(queue, first)
    redis.call('XADD', call, '*', 'left', redis.call('GET', left) or '')
    redis.call('PEXPIRE', call, expires_ms)
  end
end
