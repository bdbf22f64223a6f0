-- Run by KrakenD before the request goes to a service, after the token was checked.

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
