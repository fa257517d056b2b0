local N = 100000000

local function bench()
  local total = 0
  for i = 0, N - 1 do
    total = total + i
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
