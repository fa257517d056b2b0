local N = 200

local function make(n, seed)
  local m = {}
  for i = 0, n - 1 do
    local row = {}
    for j = 0, n - 1 do
      row[j + 1] = (i - j) * 0.5 * seed
    end
    m[i + 1] = row
  end
  return m
end

local function matmul(a, b, n)
  local c = {}
  for i = 1, n do
    local row = {}
    local ai = a[i]
    for j = 1, n do
      local s = 0.0
      for k = 1, n do
        s = s + ai[k] * b[k][j]
      end
      row[j] = s
    end
    c[i] = row
  end
  return c
end

local function bench()
  local a = make(N, 1.0)
  local b = make(N, 2.0)
  local c = matmul(a, b, N)
  local t = 0.0
  for i = 1, N do
    t = t + c[i][i]
  end
  return t
end

local REPS = 1
for _rep = 1, REPS do
  local t = os.clock()
  local r = bench()
  t = os.clock() - t
  print(string.format("R %.0f", r))
  print(string.format("T %.6f", t))
end
