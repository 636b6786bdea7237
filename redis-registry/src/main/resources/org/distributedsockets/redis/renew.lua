-- Writes a node's lease if it is absent, over, or names the caller's incarnation.
-- KEYS[1]  hash of leases: node id -> incarnation|time it ends
-- KEYS[2]  epoch: name|time it began; written here if it is missing
-- ARGV[1]  node id
-- ARGV[2]  incarnation
-- ARGV[3]  length of the lease, ms
-- ARGV[4]  name for the epoch, used if there is none
-- ARGV[5]  how long the trace of a lost node is kept, ms
-- Returns  {time, epoch, {node id, lease, ...}} after that; the caller's own lease says who holds it.
-- Times are milliseconds since 1970 by this server's clock.
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)

local epoch = redis.call('GET', KEYS[2])
if not epoch then
  epoch = string.format('%s|%.0f', ARGV[4], now)
  redis.call('SET', KEYS[2], epoch)
end

local lease = redis.call('HGET', KEYS[1], ARGV[1])
local holder, ends
if lease then
  holder, ends = string.match(lease, '^(%x+)|(%d+)$')
end
if not holder or holder == ARGV[2] or tonumber(ends) <= now then
  redis.call('HSET', KEYS[1], ARGV[1], string.format('%s|%.0f', ARGV[2], now + ARGV[3]))
end

local leases = redis.call('HGETALL', KEYS[1])
for i = 2, #leases, 2 do
  ends = tonumber(string.match(leases[i], '|(%d+)$'))
  if ends and ends + ARGV[5] < now then
    redis.call('HDEL', KEYS[1], leases[i - 1])
  end
end
return {string.format('%.0f', now), epoch, leases}
