local N = 300000
local floor = math.floor

local function make(n)
  local seed = 42
  local values = {}
  for i = 1, n do
    seed = seed * 16807 % 2147483647
    values[i] = seed
  end
  return values
end

local function heapsort(a)
  local n = #a
  local start = floor(n / 2) + 1
  local last = n
  while last > 1 do
    local root, v
    if start > 1 then
      start = start - 1
      root = start
      v = a[root]
    else
      v = a[last]
      a[last] = a[1]
      last = last - 1
      root = 1
    end
    local child = 2 * root
    while child <= last do
      if child < last and a[child] < a[child + 1] then child = child + 1 end
      if v >= a[child] then break end
      a[root] = a[child]
      root = child
      child = 2 * root
    end
    a[root] = v
  end
end

local function bench()
  local values = make(N)
  heapsort(values)
  local total = 0
  for i, v in ipairs(values) do
    total = total + v % 1000 * ((i - 1) % 10)
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
