-- Run by KrakenD before a request goes to a service, and after its token was checked.

-- Ends the request with 400 when one of the named path parameters holds what has a meaning of its own in a path or in
-- KrakenD's patterns: control characters (KrakenD would answer 500), braces (its placeholders), slashes of both kinds,
-- and the names "." and "..". Whether an id is a number is for the service to say, in words.
function refuse_unsafe(request, names)
  for _, name in ipairs(names) do
    local value = request:params(name)
    if value == "." or value == ".." or string.find(value, "[%c{}/\\]") then
      custom_error("unsafe path parameter " .. name, 400)
    end
  end
end

-- Ends the request with 413 when its body is too large, and with 411 when it does not say how large it is.
function refuse_large(request, most_bytes)
  local bytes = tonumber(request:headers("Content-Length"))
  if bytes == nil then
    custom_error("Content-Length is missing", 411)
  elseif bytes > most_bytes then
    custom_error("the body is too large", 413)
  end
end
