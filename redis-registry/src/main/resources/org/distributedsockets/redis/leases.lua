-- Reads what says which entries are live and whether "none" can be believed.
-- KEYS[1]  hash of leases: node id -> incarnation|time it ends, and |partial if entries are
--          missing
-- KEYS[2]  epoch: name|time it began
-- ARGV     none
-- Returns  {time, epoch or "", {node id, lease, ...}}.
-- Times are milliseconds since 1970 by this server's clock.
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
return {string.format('%.0f', now), redis.call('GET', KEYS[2]) or '', redis.call('HGETALL', KEYS[1])}
