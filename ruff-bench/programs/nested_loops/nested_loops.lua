local N = 3000

local function bench()
  local total = 0
  local i = 0
  while i < N do
    local j = 0
    while j < N do
      total = total + i * j % 7
      j = j + 1
    end
    i = i + 1
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
