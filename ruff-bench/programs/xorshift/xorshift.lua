local N = 3000000

local function bench()
  local x = 2463534242
  local total = 0
  for _ = 1, N do
    x = x ~ (x << 13 & 0xFFFFFFFF)
    x = x ~ (x >> 17)
    x = x ~ (x << 5 & 0xFFFFFFFF)
    total = total + (x & 1023)
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
