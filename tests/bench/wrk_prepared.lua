-- Sends prepared webhooks, each once, in their order: a thread of wrk has a file of its own.
-- No response(): wrk counts wrong statuses itself, and to hand each answer to Lua takes more than to send it.
local threads = {}

function setup(thread)
  thread:set("number", #threads)
  table.insert(threads, thread)
end

function init(args)
  requests, at = {}, 0
  local pause = tonumber(args[2])
  if pause > 0 then
    -- A caller keys and listens meanwhile: from nothing to twice the pause. Only where it is wanted: wrk sets a timer for it.
    function delay() return math.random(0, 2 * pause) end
  end
  local file = assert(io.open(args[1] .. "." .. number, "rb"))
  while true do
    local length = file:read(8)
    if not length then break end
    table.insert(requests, file:read(tonumber(length)))
  end
  file:close()
end

function request()
  at = at + 1
  if at > #requests then
    wrk.thread:stop()
    at = #requests
  end
  return requests[at]
end

function done(summary, latency)
  io.write(string.format('\nRESULT {"answers": %d, "seconds": %.6f, "p50": %.3f, "p99": %.3f, "wrong": %d, "errors": %d}\n',
    summary.requests, summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3, summary.errors.status,
    summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout))
end
