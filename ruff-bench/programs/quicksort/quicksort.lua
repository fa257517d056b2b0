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

local floor = math.floor

local function quicksort(arr)
  local stack = { 1, #arr }
  local sp = 2
  while sp > 0 do
    local lo, hi = stack[sp - 1], stack[sp]
    sp = sp - 2
    while lo < hi do
      local p = arr[floor((lo + hi) / 2)]
      local i, j = lo, hi
      while i <= j do
        while arr[i] < p do i = i + 1 end
        while arr[j] > p do j = j - 1 end
        if i <= j then
          arr[i], arr[j] = arr[j], arr[i]
          i = i + 1
          j = j - 1
        end
      end
      if i < hi then
        stack[sp + 1] = i
        stack[sp + 2] = hi
        sp = sp + 2
      end
      hi = j
    end
  end
  return arr
end

local function bench()
  local arr = quicksort(make(N))
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
