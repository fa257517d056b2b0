local N = 1000000

local function map(arr, f)
  local out = {}
  for i = 1, #arr do out[i] = f(arr[i]) end
  return out
end

local function filter(arr, f)
  local out = {}
  for i = 1, #arr do
    local x = arr[i]
    if f(x) then out[#out + 1] = x end
  end
  return out
end

local function reduce(arr, f, acc)
  for i = 1, #arr do acc = f(acc, arr[i]) end
  return acc
end

local function bench()
  local k = 3
  local xs = {}
  for i = 0, N - 1 do xs[i + 1] = i end
  local ys = map(xs, function(x) return x * k + 1 end)
  local zs = filter(ys, function(x) return x % 2 == 0 end)
  return reduce(zs, function(acc, x) return (acc + x) % 1000000007 end, 0)
end

local REPS = 1
for _rep = 1, REPS do
  local t = os.clock()
  local r = bench()
  t = os.clock() - t
  print(string.format("R %.0f", r))
  print(string.format("T %.6f", t))
end
