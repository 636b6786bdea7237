-- Registers entries of one owner at some addresses, in order, each within the limit.
-- KEYS[i]  hash of an address: node id|incarnation|entry id -> time written|since|metadata
-- ARGV[1]  owner: node id|incarnation
-- ARGV[2]  how long a key is kept without another registration, ms
-- ARGV[3]  the time after which nobody waits for this call any more; 0 if not known
-- ARGV[4]  what one too many leads to: reject or displace
-- ARGV[5]  live owners, each between commas; empty if they were not read
-- ARGV[6]  when they were read: what was written since counts as live as well
-- ARGV[7]  entries written before this time are told of
-- ARGV[8]  ...: for each address the most live entries (0 for no limit), how many entries follow,
--          and for each of these entry id, since, metadata
-- Returns  for each address {answers, displaced, owners, stale}:
--   answers    1 accepted, 0 refused, for each entry; fewer than entries if the live owners are
--              needed to go on; -1 alone if it is too late, and nothing was done
--   displaced  {position of the entry it gave way to, field, value, ...}
--   owners     other owners that have entries here, live or not
--   stale      those of them with an entry written before ARGV[7]
-- Times are milliseconds since 1970 by this server's clock.
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local too_late = tonumber(ARGV[3]) > 0 and now > tonumber(ARGV[3])

local owner = ARGV[1]
local policy = ARGV[4]
local live_owners = ARGV[5]
local read_at = tonumber(ARGV[6])
local stale_before = tonumber(ARGV[7])

local function owner_of(field)
  return string.match(field, '^[^|]+|[^|]+')
end

local function written_at(value)
  return tonumber(string.match(value, '^(%d+)|')) or 0
end

local function since(value)
  return tonumber(string.match(value, '^%d+|(%-?%d+)|')) or 0
end

-- The caller's own entries count even if its lease is not written yet, lest it gets more than the
-- limit before. What was written after the live owners were read counts, as its owner may have
-- joined in between.
local function counts(field, value)
  local of = owner_of(field)
  return of == owner
    or string.find(live_owners, ',' .. of .. ',', 1, true) ~= nil
    or written_at(value) >= read_at
end

-- The entries of one address, which stand in ARGV from first to last.
local function register(key, limit, first, last)
  local held = {}
  local count = 0
  local flat = redis.call('HGETALL', key)
  for i = 1, #flat, 2 do
    held[flat[i]] = flat[i + 1]
    count = count + 1
  end

  local function oldest_first(a, b)
    local x, y = held[a], held[b]
    if since(x) ~= since(y) then
      return since(x) < since(y)
    end
    if written_at(x) ~= written_at(y) then
      return written_at(x) < written_at(y)
    end
    return a < b
  end

  local answers = {}
  local displaced = {}
  local wrote = false
  for i = first, last, 3 do
    local field = owner .. '|' .. ARGV[i]
    local accepted = 1
    if limit > 0 and not held[field] and count + 1 > limit then
      -- Dead ones may be among them.
      if live_owners == '' then
        break
      end
      local live = {}
      for other, value in pairs(held) do
        if counts(other, value) then
          live[#live + 1] = other
        end
      end
      local surplus = #live + 1 - limit
      if surplus > 0 and policy == 'reject' then
        accepted = 0
      elseif surplus > 0 then
        table.sort(live, oldest_first)
        -- What is older than all that would give way to it is itself one too many.
        if tonumber(ARGV[i + 1]) < since(held[live[surplus]]) then
          accepted = 0
          surplus = 0
        end
        for j = 1, surplus do
          displaced[#displaced + 1] = #answers
          displaced[#displaced + 1] = live[j]
          displaced[#displaced + 1] = held[live[j]]
          redis.call('HDEL', key, live[j])
          held[live[j]] = nil
          count = count - 1
        end
      end
    end
    if accepted == 1 then
      local value = string.format('%.0f', now) .. '|' .. ARGV[i + 1] .. '|' .. ARGV[i + 2]
      redis.call('HSET', key, field, value)
      if not held[field] then
        count = count + 1
      end
      held[field] = value
      wrote = true
    end
    answers[#answers + 1] = accepted
  end
  if wrote then
    redis.call('PEXPIRE', key, ARGV[2])
  end

  local owners = {}
  local stale = {}
  local seen = {}
  local seen_stale = {}
  for field, value in pairs(held) do
    local of = owner_of(field)
    if of ~= owner then
      if not seen[of] then
        seen[of] = true
        owners[#owners + 1] = of
      end
      if not seen_stale[of] and written_at(value) < stale_before then
        seen_stale[of] = true
        stale[#stale + 1] = of
      end
    end
  end
  return {answers, displaced, owners, stale}
end

local results = {}
local at = 8
for i = 1, #KEYS do
  local limit = tonumber(ARGV[at])
  local last = at + 1 + 3 * tonumber(ARGV[at + 1])
  results[i] = too_late and {{-1}, {}, {}, {}} or register(KEYS[i], limit, at + 2, last)
  at = last + 1
end
return results
