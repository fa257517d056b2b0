from time import process_time as clock

COUNT = 10000
IDLE, WORKER, HANDLER_A, HANDLER_B, DEVICE_A, DEVICE_B = range(6)

class Packet:
    def __init__(self, link, ident, work):
        self.link = link
        self.ident = ident
        self.work = work
        self.a1 = 0
        self.a2 = [0] * 4

    def append_to(self, queue):
        self.link = None
        if queue is None:
            return self
        p = queue
        while p.link is not None:
            p = p.link
        p.link = self
        return queue

class IdleTask:
    def __init__(self, scheduler):
        self.scheduler = scheduler
        self.v1 = 1
        self.count = COUNT

    def run(self, packet):
        self.count -= 1
        if self.count == 0:
            return self.scheduler.hold_current()
        if self.v1 % 2 == 0:
            self.v1 //= 2
            return self.scheduler.release(DEVICE_A)
        self.v1 = (self.v1 // 2 + 53256) % 65536
        return self.scheduler.release(DEVICE_B)

class DeviceTask:
    def __init__(self, scheduler):
        self.scheduler = scheduler
        self.v1 = None

    def run(self, packet):
        if packet is not None:
            self.v1 = packet
            return self.scheduler.hold_current()
        if self.v1 is None:
            return self.scheduler.suspend_current()
        v = self.v1
        self.v1 = None
        return self.scheduler.queue(v)

class WorkerTask:
    def __init__(self, scheduler):
        self.scheduler = scheduler
        self.v1 = HANDLER_A
        self.v2 = 0

    def run(self, packet):
        if packet is None:
            return self.scheduler.suspend_current()
        self.v1 = HANDLER_B if self.v1 == HANDLER_A else HANDLER_A
        packet.ident = self.v1
        packet.a1 = 0
        for i in range(4):
            self.v2 += 1
            if self.v2 > 26:
                self.v2 = 1
            packet.a2[i] = self.v2
        return self.scheduler.queue(packet)

class HandlerTask:
    def __init__(self, scheduler):
        self.scheduler = scheduler
        self.v1 = None
        self.v2 = None

    def run(self, packet):
        if packet is not None:
            if packet.work:
                self.v1 = packet.append_to(self.v1)
            else:
                self.v2 = packet.append_to(self.v2)
        if self.v1 is not None:
            work = self.v1
            count = work.a1
            if count < 4:
                if self.v2 is not None:
                    v = self.v2
                    self.v2 = v.link
                    v.a1 = work.a2[count]
                    work.a1 = count + 1
                    return self.scheduler.queue(v)
            else:
                self.v1 = work.link
                return self.scheduler.queue(work)
        return self.scheduler.suspend_current()

class Tcb:
    def __init__(self, link, ident, priority, queue, task):
        self.link = link
        self.ident = ident
        self.priority = priority
        self.queue = queue
        self.task = task
        self.suspended = True
        self.runnable = queue is not None
        self.held = False

    def run(self):
        packet = None
        if self.suspended and self.runnable and not self.held:
            packet = self.queue
            self.queue = packet.link
            self.suspended = False
            self.runnable = self.queue is not None
        return self.task.run(packet)

class Scheduler:
    def __init__(self):
        self.queue_count = 0
        self.hold_count = 0
        self.blocks = [None] * 6
        self.list = None
        self.current = None
        self.current_id = 0

    def add(self, ident, priority, queue, task):
        self.list = Tcb(self.list, ident, priority, queue, task)
        self.blocks[ident] = self.list
        return self.list

    def schedule(self):
        self.current = self.list
        while self.current is not None:
            tcb = self.current
            if tcb.held or (tcb.suspended and not tcb.runnable):
                self.current = tcb.link
            else:
                self.current_id = tcb.ident
                self.current = tcb.run()

    def release(self, ident):
        tcb = self.blocks[ident]
        tcb.held = False
        return tcb if tcb.priority > self.current.priority else self.current

    def hold_current(self):
        self.hold_count += 1
        self.current.held = True
        return self.current.link

    def suspend_current(self):
        self.current.suspended = True
        return self.current

    def queue(self, packet):
        tcb = self.blocks[packet.ident]
        self.queue_count += 1
        packet.link = None
        packet.ident = self.current_id
        if tcb.queue is None:
            tcb.queue = packet
            tcb.runnable = True
            if tcb.priority > self.current.priority:
                return tcb
        else:
            tcb.queue = packet.append_to(tcb.queue)
        return self.current

def run_once():
    s = Scheduler()
    idle = s.add(IDLE, 0, None, IdleTask(s))
    idle.suspended = False
    queue = Packet(None, WORKER, True)
    queue = Packet(queue, WORKER, True)
    s.add(WORKER, 1000, queue, WorkerTask(s))
    for ident, device, priority in ((HANDLER_A, DEVICE_A, 2000), (HANDLER_B, DEVICE_B, 3000)):
        queue = None
        for _ in range(3):
            queue = Packet(queue, device, False)
        s.add(ident, priority, queue, HandlerTask(s))
    s.add(DEVICE_A, 4000, None, DeviceTask(s))
    s.add(DEVICE_B, 5000, None, DeviceTask(s))
    s.schedule()
    return s.queue_count * 100000 + s.hold_count

def bench():
    return sum(run_once() for _ in range(10))

REPS = 1
for _rep in range(REPS):
    _t = clock()
    _r = bench()
    _t = clock() - _t
    print("R", _r)
    print("T", "%.6f" % _t)
