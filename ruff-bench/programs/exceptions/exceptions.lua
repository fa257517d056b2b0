local N = 200000

local function risky(i)
  if i % 2 == 0 then
    error("bad", 0)
  end
  return i
end

local function bench()
  local caught = 0
  local total = 0
  for i = 0, N * 2 - 1 do
    local ok, v = pcall(risky, i)
    if ok then
      total = total + v
    else
      caught = caught + 1
    end
  end
  return total + caught
end

local REPS = 1
for _rep = 1, REPS do
  local t = os.clock()
  local r = bench()
  t = os.clock() - t
  print(string.format("R %.0f", r))
  print(string.format("T %.6f", t))
end
