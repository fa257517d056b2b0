local COUNT = 1000
local STEPS = 3000

local Particle = {}
Particle.__index = Particle

function Particle.new(x, y, vx, vy)
  return setmetatable({ x = x, y = y, vx = vx, vy = vy }, Particle)
end

function Particle:move(dt)
  self.x = self.x + self.vx * dt
  self.y = self.y + self.vy * dt
  self.vy = self.vy - 9.5 * dt
end

function Particle:bounce(size)
  if self.x < 0.0 or self.x > size then self.vx = -self.vx end
  if self.y < 0.0 then
    self.y = -self.y
    self.vy = -self.vy * 0.5
  end
end

function Particle:energy()
  return 0.5 * (self.vx * self.vx + self.vy * self.vy) + 9.5 * self.y
end

local function make()
  local seed = 42
  local particles = {}
  for i = 1, COUNT do
    seed = seed * 16807 % 2147483647
    particles[i] = Particle.new(seed % 100 * 1.0, seed % 37 * 1.0, seed % 11 - 5.0, seed % 7 * 0.5)
  end
  return particles
end

local function bench()
  local particles = make()
  for _ = 1, STEPS do
    for _, p in ipairs(particles) do
      p:move(0.0625)
      p:bounce(100.0)
    end
  end
  local total = 0.0
  for _, p in ipairs(particles) do total = total + p:energy() end
  return math.floor(total * 1000.0)
end

local REPS = 1
for _rep = 1, REPS do
  local t = os.clock()
  local r = bench()
  t = os.clock() - t
  print(string.format("R %.0f", r))
  print(string.format("T %.6f", t))
end
