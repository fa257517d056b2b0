local N = 200000

local function bench()
  local parts = {}
  for i = 0, N - 1 do
    parts[#parts + 1] = "item" .. i
  end
  local s = table.concat(parts, ",")
  return #s
end

local REPS = 1
for _rep = 1, REPS do
  local t = os.clock()
  local r = bench()
  t = os.clock() - t
  print(string.format("R %.0f", r))
  print(string.format("T %.6f", t))
end
