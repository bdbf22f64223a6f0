-- What wrk sends and what it reports. wrk … -s wrk.lua URL -- METHOD TEMPLATE FROM TO BODY KEY CLASS…
-- KEY, unless it is empty, goes into the header Idempotency-Key. In TEMPLATE, BODY and KEY, {n} is a number that counts up from FROM, and {class} each CLASS in turn. With TO the numbers
-- start again after it, and the requests are made beforehand. The report is one line of JSON on standard output.
local method, template, first, last, body, key
local classes, ready, n = {}, {}, 0

local function text(number)
  local words = {n = tostring(number), class = classes[number % math.max(#classes, 1) + 1]}
  local path = template:gsub('{(%a+)}', words)
  local content = body ~= '' and body:gsub('{(%a+)}', words) or nil
  local headers = nil
  if key ~= '' then
    headers = {['Idempotency-Key'] = key:gsub('{(%a+)}', words)}
    for name, value in pairs(wrk.headers) do headers[name] = value end
  end
  return wrk.format(method, path, headers, content)
end

function init(args)
  method, template, first, last, body = args[1], args[2], tonumber(args[3]), tonumber(args[4]), args[5]
  key = args[6]
  for i = 7, #args do classes[#classes + 1] = args[i] end
  for number = first, last do ready[#ready + 1] = text(number) end
end

function request()
  n = n + 1
  if #ready > 0 then return ready[(n - 1) % #ready + 1] end
  return text(first + n - 1)
end

function done(summary, latency)
  local e = summary.errors
  io.write(string.format(
    '\n{"count": %d, "seconds": %.6f, "p50_ms": %.4f, "p99_ms": %.4f, "errors": %d}\n',
    summary.requests, summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3,
    e.status + e.connect + e.read + e.write + e.timeout))
end
