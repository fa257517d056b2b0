local SIZE = 400
local floor = math.floor

local function make()
  local seed = 42
  local cost = {}
  for i = 0, SIZE * SIZE - 1 do
    seed = seed * 16807 % 2147483647
    cost[i] = 1 + seed % 9
  end
  return cost
end

local Heap = {}
Heap.__index = Heap

function Heap.new()
  return setmetatable({ size = 0 }, Heap)
end

function Heap:push(distance, at)
  local i = self.size + 1
  self.size = i
  while i > 1 do
    local parent = floor(i / 2)
    if self[parent].distance <= distance then break end
    self[i] = self[parent]
    i = parent
  end
  self[i] = { distance = distance, at = at }
end

function Heap:pop()
  local top, last = self[1], self[self.size]
  self[self.size] = nil
  self.size = self.size - 1
  if self.size > 0 then
    local i = 1
    while true do
      local child = 2 * i
      if child > self.size then break end
      if child < self.size and self[child + 1].distance < self[child].distance then child = child + 1 end
      if last.distance <= self[child].distance then break end
      self[i] = self[child]
      i = child
    end
    self[i] = last
  end
  return top.distance, top.at
end

local function shortest(cost)
  local distance = {}
  local heap = Heap.new()
  heap:push(0, 0)
  while heap.size > 0 do
    local d, at = heap:pop()
    if not distance[at] then
      distance[at] = d
      local x, y = at % SIZE, floor(at / SIZE)
      if x > 0 then heap:push(d + cost[at - 1], at - 1) end
      if x < SIZE - 1 then heap:push(d + cost[at + 1], at + 1) end
      if y > 0 then heap:push(d + cost[at - SIZE], at - SIZE) end
      if y < SIZE - 1 then heap:push(d + cost[at + SIZE], at + SIZE) end
    end
  end
  return distance
end

local function bench()
  local distance = shortest(make())
  local total = 0
  for i = 0, SIZE * SIZE - 1 do total = total + distance[i] end
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
