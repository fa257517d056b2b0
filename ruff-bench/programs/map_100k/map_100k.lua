local N = 100000

local function bench()
  local m = {}
  for i = 0, N - 1 do m[i] = i * 2 end
  local total = 0
  for i = 0, N - 1 do total = total + m[i] end
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
