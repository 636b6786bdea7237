-- Removes entries of one owner.
-- KEYS[i]  hash of an address
-- ARGV     for each address how many fields follow, and these: node id|incarnation|entry id

-- Lua has room for some thousand arguments of one call.
local most = 1000

local at = 1
for i = 1, #KEYS do
  local last = at + tonumber(ARGV[at])
  for first = at + 1, last, most do
    redis.call('HDEL', KEYS[i], unpack(ARGV, first, math.min(first + most - 1, last)))
  end
  at = last + 1
end
return #KEYS
