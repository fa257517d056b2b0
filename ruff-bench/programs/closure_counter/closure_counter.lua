local N = 10000000

local function make_counter()
  local count = 0
  return function()
    count = count + 1
    return count
  end
end

local function bench()
  local counter = make_counter()
  local last = 0
  for _ = 1, N do last = counter() end
  return last
end

local REPS = 1
for _rep = 1, REPS do
  local t = os.clock()
  local r = bench()
  t = os.clock() - t
  print(string.format("R %.0f", r))
  print(string.format("T %.6f", t))
end
