-- Run by KrakenD after the users service answered a login, before the token is signed.

-- Replaces KrakenD's account of a refusal, {"error_users": {"http_status_code": 401, "http_body": "…"}}, by the
-- {"detail": "…"} that was in the body. The status is the service's already. A success has no such field.
function unwrap_refusal(reply, field)
  local refusal = reply:data():get(field)
  if refusal == nil then
    return
  end
  local detail = string.match(refusal:get("http_body") or "", '^{"detail":%s*"(.*)"}$')
  reply:data():del(field)
  reply:data():set("detail", detail and string.gsub(detail, "\\(.)", "%1") or "The login was refused; try again later")
  local status = refusal:get("http_status_code")
  if status == 429 or status == 503 then
    reply:headers("Retry-After", status == 429 and "60" or "2")
  end
end
