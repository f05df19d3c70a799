-- Sends prepared webhooks, each once, in their order: a thread of wrk has a file of its own. Counts answers that are not 2xx.
local threads = {}

function setup(thread)
  thread:set("number", #threads)
  table.insert(threads, thread)
end

function init(args)
  requests, at, unexpected = {}, 0, 0
  pause = args[2] and tonumber(args[2]) > 0 and tonumber(args[2])
  local file = assert(io.open(args[1] .. "." .. number, "rb"))
  while true do
    local length = file:read(8)
    if not length then break end
    table.insert(requests, file:read(tonumber(length)))
  end
  file:close()
end

-- A caller keys and listens meanwhile: from nothing to twice the pause.
function delay()
  return pause and math.random(0, 2 * pause) or 0
end

function request()
  at = at + 1
  if at > #requests then
    wrk.thread:stop()
    at = #requests
  end
  return requests[at]
end

function response(status)
  if status ~= 200 and status ~= 204 then unexpected = unexpected + 1 end
end

function done(summary, latency)
  local wrong = 0
  for _, thread in ipairs(threads) do wrong = wrong + thread:get("unexpected") end
  io.write(string.format('\nRESULT {"answers": %d, "seconds": %.6f, "p50": %.3f, "p99": %.3f, "wrong": %d, "errors": %d}\n',
    summary.requests, summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3, wrong,
    summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout))
end
