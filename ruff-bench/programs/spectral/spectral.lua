local N = 300

local function a(i, j)
  return 1.0 / ((i + j) * (i + j + 1) / 2 + i + 1)
end

local function mul_av(v, n)
  local out = {}
  for i = 0, n - 1 do
    local s = 0.0
    for j = 0, n - 1 do
      s = s + a(i, j) * v[j + 1]
    end
    out[i + 1] = s
  end
  return out
end

local function mul_atv(v, n)
  local out = {}
  for i = 0, n - 1 do
    local s = 0.0
    for j = 0, n - 1 do
      s = s + a(j, i) * v[j + 1]
    end
    out[i + 1] = s
  end
  return out
end

local function bench()
  local u = {}
  for i = 1, N do u[i] = 1.0 end
  local v = u
  for _ = 1, 10 do
    v = mul_atv(mul_av(u, N), N)
    u = mul_atv(mul_av(v, N), N)
  end
  local vbv, vv = 0.0, 0.0
  for i = 1, N do
    vbv = vbv + u[i] * v[i]
    vv = vv + v[i] * v[i]
  end
  return math.floor(math.sqrt(vbv / vv) * 1000000000.0)
end

local REPS = 1
for _rep = 1, REPS do
  local t = os.clock()
  local r = bench()
  t = os.clock() - t
  print(string.format("R %.0f", r))
  print(string.format("T %.6f", t))
end
