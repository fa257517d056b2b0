local N = 100000
local ROUNDS = 10

local function bench()
  local total = 0
  for r = 0, ROUNDS - 1 do
    local m = {}
    for i = 0, N - 1 do
      m[i * 7] = i + r
    end
    for i = 0, N - 1 do
      total = total + m[i * 7]
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
