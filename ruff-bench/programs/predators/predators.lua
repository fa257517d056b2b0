local SIZE = 48
local STEPS = 900
local floor = math.floor

local World = {}
World.__index = World

local function Animal(x, y, energy)
  return { x = x, y = y, energy = energy }
end

function World.new()
  local self = setmetatable({ seed = 42, grass = {}, prey = {}, predators = {} }, World)
  for y = 0, SIZE - 1 do
    local row = {}
    for x = 0, SIZE - 1 do row[x] = self:random(8) end
    self.grass[y] = row
  end
  for i = 1, 300 do
    local x = self:random(SIZE)
    self.prey[i] = Animal(x, self:random(SIZE), 10)
  end
  for i = 1, 40 do
    local x = self:random(SIZE)
    self.predators[i] = Animal(x, self:random(SIZE), 30)
  end
  return self
end

function World:random(n)
  self.seed = self.seed * 16807 % 2147483647
  return floor(self.seed / 8) % n
end

function World:grow()
  for y = 0, SIZE - 1 do
    local row = self.grass[y]
    for x = 0, SIZE - 1 do
      if row[x] < 8 then row[x] = row[x] + 1 end
    end
  end
end

function World:wander(animal)
  animal.x = (animal.x + self:random(3) - 1 + SIZE) % SIZE
  animal.y = (animal.y + self:random(3) - 1 + SIZE) % SIZE
end

function World:graze()
  local alive = {}
  for _, animal in ipairs(self.prey) do
    self:wander(animal)
    local row = self.grass[animal.y]
    local bite = math.min(row[animal.x], 4)
    row[animal.x] = row[animal.x] - bite
    animal.energy = animal.energy + bite - 2
    if animal.energy > 24 then
      animal.energy = floor(animal.energy / 2)
      alive[#alive + 1] = Animal(animal.x, animal.y, animal.energy)
    end
    if animal.energy > 0 then alive[#alive + 1] = animal end
  end
  self.prey = alive
end

function World:hunt()
  local herds = {}
  for i, animal in ipairs(self.prey) do
    local at = animal.y * SIZE + animal.x
    if not herds[at] then herds[at] = {} end
    table.insert(herds[at], i)
  end
  local eaten = {}
  local alive = {}
  for _, animal in ipairs(self.predators) do
    self:wander(animal)
    local herd = herds[animal.y * SIZE + animal.x]
    if herd and #herd > 0 then
      eaten[table.remove(herd)] = true
      animal.energy = animal.energy + 12
    end
    animal.energy = animal.energy - 1
    if animal.energy > 60 then
      animal.energy = floor(animal.energy / 2)
      alive[#alive + 1] = Animal(animal.x, animal.y, animal.energy)
    end
    if animal.energy > 0 then alive[#alive + 1] = animal end
  end
  self.predators = alive
  local left = {}
  for i, animal in ipairs(self.prey) do
    if not eaten[i] then left[#left + 1] = animal end
  end
  self.prey = left
end

local function bench()
  local world = World.new()
  local total = 0
  for step = 0, STEPS - 1 do
    world:grow()
    world:graze()
    world:hunt()
    total = total + #world.prey * (step % 7 + 1) + #world.predators * 100
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
