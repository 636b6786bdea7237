-- Removes old entries of owners that are long gone.
-- KEYS[1]  hash of an address: node id|incarnation|entry id -> time written|since|metadata
-- ARGV[1]  only what was written before this time
-- ARGV[2]  ...: owners, node id|incarnation
-- Returns  how many were removed.
local gone = {}
for i = 2, #ARGV do
  gone[ARGV[i]] = true
end
local removed = 0
local flat = redis.call('HGETALL', KEYS[1])
for i = 1, #flat, 2 do
  local written = tonumber(string.match(flat[i + 1], '^(%d+)|')) or 0
  if gone[string.match(flat[i], '^[^|]+|[^|]+')] and written < tonumber(ARGV[1]) then
    removed = removed + redis.call('HDEL', KEYS[1], flat[i])
  end
end
return removed
