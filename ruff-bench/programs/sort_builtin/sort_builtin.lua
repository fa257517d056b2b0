local N = 300000

local function make(n)
  local seed = 42
  local arr = {}
  for i = 1, n do
    seed = seed * 16807 % 2147483647
    arr[i] = seed
  end
  return arr
end

local function bench()
  local arr = make(N)
  table.sort(arr)
  local s = 0
  for i = 1, N do
    s = s + arr[i] % 1000 * ((i - 1) % 10)
  end
  return s
end

local REPS = 1
for _rep = 1, REPS do
  local t = os.clock()
  local r = bench()
  t = os.clock() - t
  print(string.format("R %.0f", r))
  print(string.format("T %.6f", t))
end
