local N = 1000
local ROUNDS = 2000

local Circle = {}
Circle.__index = Circle
function Circle.new(r) return setmetatable({ r = r }, Circle) end
function Circle:area() return 3.0 * self.r * self.r end
function Circle:sides() return 0 end

local Square = {}
Square.__index = Square
function Square.new(s) return setmetatable({ s = s }, Square) end
function Square:area() return self.s * self.s end
function Square:sides() return 4 end

local Rect = {}
Rect.__index = Rect
function Rect.new(w, h) return setmetatable({ w = w, h = h }, Rect) end
function Rect:area() return self.w * self.h end
function Rect:sides() return 4 end

local Triangle = {}
Triangle.__index = Triangle
function Triangle.new(b, h) return setmetatable({ b = b, h = h }, Triangle) end
function Triangle:area() return 0.5 * self.b * self.h end
function Triangle:sides() return 3 end

local function make(n)
  local shapes = {}
  for i = 0, n - 1 do
    local k = i % 4
    local v = i % 10 + 1.0
    if k == 0 then
      shapes[i + 1] = Circle.new(v)
    elseif k == 1 then
      shapes[i + 1] = Square.new(v)
    elseif k == 2 then
      shapes[i + 1] = Rect.new(v, v + 1.0)
    else
      shapes[i + 1] = Triangle.new(v, v + 2.0)
    end
  end
  return shapes
end

local function bench()
  local shapes = make(N)
  local total = 0.0
  local sides = 0
  for _ = 1, ROUNDS do
    for i = 1, N do
      local s = shapes[i]
      total = total + s:area()
      sides = sides + s:sides()
    end
  end
  return total + sides
end

local REPS = 1
for _rep = 1, REPS do
  local t = os.clock()
  local r = bench()
  t = os.clock() - t
  print(string.format("R %.0f", r))
  print(string.format("T %.6f", t))
end
