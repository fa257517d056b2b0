local N = 5000000

local function bench()
  local flags = {}
  for i = 1, N do flags[i] = true end
  local count = 0
  for i = 2, N do
    if flags[i] then
      count = count + 1
      for j = i * 2, N, i do
        flags[j] = false
      end
    end
  end
  return count
end

local REPS = 1
for _rep = 1, REPS do
  local t = os.clock()
  local r = bench()
  t = os.clock() - t
  print(string.format("R %.0f", r))
  print(string.format("T %.6f", t))
end
