-- Drops the trace of a lost node: its lease, if that is over.
-- KEYS[1]  hash of leases: node id -> incarnation|time it ends, perhaps |partial
-- KEYS[2]  hash of counts: node id -> batches it wrote
-- ARGV[1]  node id
-- Returns  how many were dropped, 0 or 1.
local lease = redis.call('HGET', KEYS[1], ARGV[1])
if not lease then
  return 0
end
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local ends = tonumber(string.match(lease, '|(%d+)'))
if ends and ends > now then
  return 0
end
redis.call('HDEL', KEYS[2], ARGV[1])
return redis.call('HDEL', KEYS[1], ARGV[1])
