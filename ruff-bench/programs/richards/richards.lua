local COUNT = 10000
local IDLE, WORKER, HANDLER_A, HANDLER_B, DEVICE_A, DEVICE_B = 1, 2, 3, 4, 5, 6
local floor = math.floor

local function class()
  local c = {}
  c.__index = c
  return c
end

local Packet = class()

function Packet.new(link, ident, work)
  return setmetatable({ link = link, ident = ident, work = work, a1 = 1, a2 = { 0, 0, 0, 0 } }, Packet)
end

function Packet:append_to(queue)
  self.link = nil
  if not queue then return self end
  local p = queue
  while p.link do p = p.link end
  p.link = self
  return queue
end

local IdleTask, DeviceTask, WorkerTask, HandlerTask = class(), class(), class(), class()

function IdleTask:run()
  self.count = self.count - 1
  if self.count == 0 then return self.scheduler:hold_current() end
  if self.v1 % 2 == 0 then
    self.v1 = floor(self.v1 / 2)
    return self.scheduler:release(DEVICE_A)
  end
  self.v1 = (floor(self.v1 / 2) + 53256) % 65536
  return self.scheduler:release(DEVICE_B)
end

function DeviceTask:run(packet)
  if packet then
    self.v1 = packet
    return self.scheduler:hold_current()
  end
  local v = self.v1
  if not v then return self.scheduler:suspend_current() end
  self.v1 = nil
  return self.scheduler:queue(v)
end

function WorkerTask:run(packet)
  if not packet then return self.scheduler:suspend_current() end
  self.v1 = self.v1 == HANDLER_A and HANDLER_B or HANDLER_A
  packet.ident = self.v1
  packet.a1 = 1
  for i = 1, 4 do
    self.v2 = self.v2 + 1
    if self.v2 > 26 then self.v2 = 1 end
    packet.a2[i] = self.v2
  end
  return self.scheduler:queue(packet)
end

function HandlerTask:run(packet)
  if packet then
    if packet.work then
      self.v1 = packet:append_to(self.v1)
    else
      self.v2 = packet:append_to(self.v2)
    end
  end
  local work = self.v1
  if work then
    local count = work.a1
    if count > 4 then
      self.v1 = work.link
      return self.scheduler:queue(work)
    end
    local v = self.v2
    if v then
      self.v2 = v.link
      v.a1 = work.a2[count]
      work.a1 = count + 1
      return self.scheduler:queue(v)
    end
  end
  return self.scheduler:suspend_current()
end

local Tcb = class()

function Tcb.new(link, ident, priority, queue, task)
  return setmetatable({
    link = link, ident = ident, priority = priority, waiting = queue, task = task,
    suspended = true, runnable = queue ~= nil, held = false,
  }, Tcb)
end

function Tcb:run()
  local packet
  if self.suspended and self.runnable and not self.held then
    packet = self.waiting
    self.waiting = packet.link
    self.suspended = false
    self.runnable = self.waiting ~= nil
  end
  return self.task:run(packet)
end

local Scheduler = class()

function Scheduler.new()
  return setmetatable({ queue_count = 0, hold_count = 0, blocks = {} }, Scheduler)
end

function Scheduler:add(ident, priority, queue, task)
  task.scheduler = self
  self.list = Tcb.new(self.list, ident, priority, queue, task)
  self.blocks[ident] = self.list
  return self.list
end

function Scheduler:schedule()
  self.current = self.list
  while self.current do
    local tcb = self.current
    if tcb.held or (tcb.suspended and not tcb.runnable) then
      self.current = tcb.link
    else
      self.current_id = tcb.ident
      self.current = tcb:run()
    end
  end
end

function Scheduler:release(ident)
  local tcb = self.blocks[ident]
  tcb.held = false
  return tcb.priority > self.current.priority and tcb or self.current
end

function Scheduler:hold_current()
  self.hold_count = self.hold_count + 1
  self.current.held = true
  return self.current.link
end

function Scheduler:suspend_current()
  self.current.suspended = true
  return self.current
end

function Scheduler:queue(packet)
  local tcb = self.blocks[packet.ident]
  self.queue_count = self.queue_count + 1
  packet.link = nil
  packet.ident = self.current_id
  if not tcb.waiting then
    tcb.waiting = packet
    tcb.runnable = true
    if tcb.priority > self.current.priority then return tcb end
  else
    tcb.waiting = packet:append_to(tcb.waiting)
  end
  return self.current
end

local function device_packets(device)
  local queue
  for _ = 1, 3 do queue = Packet.new(queue, device, false) end
  return queue
end

local function run_once()
  local s = Scheduler.new()
  s:add(IDLE, 0, nil, setmetatable({ v1 = 1, count = COUNT }, IdleTask)).suspended = false
  local queue = Packet.new(Packet.new(nil, WORKER, true), WORKER, true)
  s:add(WORKER, 1000, queue, setmetatable({ v1 = HANDLER_A, v2 = 0 }, WorkerTask))
  s:add(HANDLER_A, 2000, device_packets(DEVICE_A), setmetatable({}, HandlerTask))
  s:add(HANDLER_B, 3000, device_packets(DEVICE_B), setmetatable({}, HandlerTask))
  s:add(DEVICE_A, 4000, nil, setmetatable({}, DeviceTask))
  s:add(DEVICE_B, 5000, nil, setmetatable({}, DeviceTask))
  s:schedule()
  return s.queue_count * 100000 + s.hold_count
end

local function bench()
  local total = 0
  for _ = 1, 10 do total = total + run_once() end
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
