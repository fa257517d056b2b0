local items = {}
for i = 0, 199999 do items[#items + 1] = "item" .. i % 1000 end
local TEXT = table.concat(items, ",")

local function split(text, sep)
  local parts = {}
  local start = 1
  while true do
    local at = string.find(text, sep, start, true)
    if not at then
      parts[#parts + 1] = string.sub(text, start)
      return parts
    end
    parts[#parts + 1] = string.sub(text, start, at - 1)
    start = at + #sep
  end
end

local function bench()
  local total = 0
  for _ = 1, 5 do
    local parts = split(TEXT, ",")
    local joined = table.concat(parts, "-")
    local replaced = string.gsub(joined, "item1", "thing")
    local upper = string.upper(replaced)
    total = total + #parts + #replaced + string.find(upper, "THING99", 1, true) - 1
    for _, p in ipairs(parts) do
      if string.sub(p, 1, 5) == "item9" then total = total + #p end
    end
  end
  return total
end

local REPS = 1
for _rep = 1, REPS do
  local t = os.clock()
  local r = bench()
  t = os.clock() - t
  print(string.format("R %.0f", r))
  print(string.format("T %.6f", t))
end
