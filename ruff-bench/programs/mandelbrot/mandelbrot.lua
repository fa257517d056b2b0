local N = 400
local ITER = 50

local function bench()
  local total = 0
  for py = 0, N - 1 do
    local ci = 2.0 * py / N - 1.0
    for px = 0, N - 1 do
      local cr = 2.0 * px / N - 1.5
      local zr, zi, tr, ti = 0.0, 0.0, 0.0, 0.0
      local k = 0
      while k < ITER and tr + ti <= 4.0 do
        zi = 2.0 * zr * zi + ci
        zr = tr - ti + cr
        tr = zr * zr
        ti = zi * zi
        k = k + 1
      end
      total = total + k
    end
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
