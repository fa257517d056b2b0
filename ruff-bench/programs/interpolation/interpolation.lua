local N = 1200000

local function describe(i)
  local name = "user" .. i % 1000
  return name .. " <" .. name .. "@example.com> has " .. i * 3 .. " points, rank " .. i % 17 + 1 .. " of " .. N
end

local function bench()
  local lines = {}
  local length = 0
  for i = 0, N - 1 do
    local line = describe(i)
    length = length + #line
    if i % 100 == 0 then lines[#lines + 1] = line end
  end
  local text = table.concat(lines, "\n")
  return length * 10 + #text
end

local REPS = 1
for _rep = 1, REPS do
  local t = os.clock()
  local r = bench()
  t = os.clock() - t
  print(string.format("R %.0f", r))
  print(string.format("T %.6f", t))
end
