local N = 78

local male

local function female(n)
  if n == 0 then return 1 end
  return n - male(female(n - 1))
end

function male(n)
  if n == 0 then return 0 end
  return n - female(male(n - 1))
end

local is_odd

local function is_even(n)
  if n == 0 then return true end
  return is_odd(n - 1)
end

function is_odd(n)
  if n == 0 then return false end
  return is_even(n - 1)
end

local function bench()
  local total = 0
  for i = 0, N - 1 do total = total + female(i) * 3 + male(i) end
  for i = 0, 799 do
    if is_even(i) then total = total + i end
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
