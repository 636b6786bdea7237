-- Drops a node's lease if it names the caller's incarnation.
-- KEYS[1]  hash of leases: node id -> incarnation|time it ends, perhaps |partial
-- KEYS[2]  hash of counts: node id -> batches it wrote
-- ARGV[1]  node id
-- ARGV[2]  incarnation
-- Returns  how many were dropped, 0 or 1.
local lease = redis.call('HGET', KEYS[1], ARGV[1])
if lease and string.match(lease, '^(%x+)|') == ARGV[2] then
  redis.call('HDEL', KEYS[2], ARGV[1])
  return redis.call('HDEL', KEYS[1], ARGV[1])
end
return 0
