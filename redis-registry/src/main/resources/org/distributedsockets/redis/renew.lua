-- Writes a node's lease if it is absent, over, or names the caller's incarnation or its former one.
-- KEYS[1]  hash of leases: node id -> incarnation|time it ends, and |partial if entries are
--          missing
-- KEYS[2]  epoch: name|time it began; written here if it is missing
-- KEYS[3]  hash of counts: node id -> batches it wrote
-- ARGV[1]  node id
-- ARGV[2]  incarnation
-- ARGV[3]  length of the lease, ms
-- ARGV[4]  name for the epoch, used if there is none
-- ARGV[5]  how long the trace of a lost node is kept, ms
-- ARGV[6]  how many batches the caller knows to be written
-- ARGV[7]  name of the epoch it knows that of
-- ARGV[8]  1 if all entries of the caller are written, else 0
-- ARGV[9]  name of the epoch in which they were; empty for any
-- ARGV[10] the caller's former incarnation; empty if there is none
-- Returns  {time, epoch, {node id, lease, ...}, batches} after that; the caller's own lease says who
--          holds it.
-- Times are milliseconds since 1970 by this server's clock.
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)

local epoch = redis.call('GET', KEYS[2])
local lease = redis.call('HGET', KEYS[1], ARGV[1])
local batches = tonumber(redis.call('HGET', KEYS[3], ARGV[1]) or '0')
-- A replica that lagged is the primary now: what was written last is lost, others' writes as well.
-- Without a lease the node was forgotten, and its count with it.
local went_back = lease and epoch and batches < tonumber(ARGV[6])
  and string.match(epoch, '^[^|]*') == ARGV[7]
if not epoch or went_back then
  epoch = string.format('%s|%.0f', ARGV[4], now)
  redis.call('SET', KEYS[2], epoch)
end
local complete = ARGV[8] == '1'
  and (ARGV[9] == '' or string.match(epoch, '^[^|]*') == ARGV[9])

local holder, ends
if lease then
  holder, ends = string.match(lease, '^(%x+)|(%d+)')
end
if not holder or holder == ARGV[2] or holder == ARGV[10] or tonumber(ends) <= now then
  local written = string.format('%s|%.0f', ARGV[2], now + ARGV[3])
  redis.call('HSET', KEYS[1], ARGV[1], complete and written or written .. '|partial')
end

local leases = redis.call('HGETALL', KEYS[1])
for i = 2, #leases, 2 do
  ends = tonumber(string.match(leases[i], '|(%d+)'))
  if ends and ends + ARGV[5] < now then
    redis.call('HDEL', KEYS[1], leases[i - 1])
    redis.call('HDEL', KEYS[3], leases[i - 1])
  end
end
return {string.format('%.0f', now), epoch, leases, batches}
