-- What wrk sends and what it reports. wrk … -H 'NAME: VALUE' -s wrk.lua URL -- METHOD TEMPLATE FROM TO BODY CLASS…
-- In TEMPLATE, BODY and each VALUE, {n} is a number that counts up from FROM, and {class} each CLASS in turn. With TO
-- the numbers start again after it, and the requests are made beforehand. The report is one line of JSON on standard
-- output.
local method, template, first, last, body
local classes, ready, n = {}, {}, 0
local numbered = nil -- true where a header has a number in it

local function text(number)
  local words = {n = tostring(number), class = classes[number % math.max(#classes, 1) + 1]}
  local path = template:gsub('{(%a+)}', words)
  local content = body ~= '' and body:gsub('{(%a+)}', words) or nil
  local headers = numbered and {}
  for name, value in pairs(numbered and wrk.headers or {}) do headers[name] = value:gsub('{(%a+)}', words) end
  return wrk.format(method, path, headers, content)
end

function init(args)
  method, template, first, last, body = args[1], args[2], tonumber(args[3]), tonumber(args[4]), args[5]
  for i = 6, #args do classes[#classes + 1] = args[i] end
  for _, value in pairs(wrk.headers) do numbered = numbered or value:find('{%a+}') end
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
