"use strict";
const COUNT = 10000;
const IDLE = 0, WORKER = 1, HANDLER_A = 2, HANDLER_B = 3, DEVICE_A = 4, DEVICE_B = 5;

class Packet {
  constructor(link, ident, work) {
    this.link = link;
    this.ident = ident;
    this.work = work;
    this.a1 = 0;
    this.a2 = [0, 0, 0, 0];
  }

  appendTo(queue) {
    this.link = null;
    if (queue === null) return this;
    let p = queue;
    while (p.link !== null) p = p.link;
    p.link = this;
    return queue;
  }
}

class IdleTask {
  constructor(scheduler) {
    this.scheduler = scheduler;
    this.v1 = 1;
    this.count = COUNT;
  }

  run() {
    this.count--;
    if (this.count === 0) return this.scheduler.holdCurrent();
    if (this.v1 % 2 === 0) {
      this.v1 /= 2;
      return this.scheduler.release(DEVICE_A);
    }
    this.v1 = (Math.floor(this.v1 / 2) + 53256) % 65536;
    return this.scheduler.release(DEVICE_B);
  }
}

class DeviceTask {
  constructor(scheduler) {
    this.scheduler = scheduler;
    this.v1 = null;
  }

  run(packet) {
    if (packet !== null) {
      this.v1 = packet;
      return this.scheduler.holdCurrent();
    }
    if (this.v1 === null) return this.scheduler.suspendCurrent();
    const v = this.v1;
    this.v1 = null;
    return this.scheduler.queue(v);
  }
}

class WorkerTask {
  constructor(scheduler) {
    this.scheduler = scheduler;
    this.v1 = HANDLER_A;
    this.v2 = 0;
  }

  run(packet) {
    if (packet === null) return this.scheduler.suspendCurrent();
    this.v1 = this.v1 === HANDLER_A ? HANDLER_B : HANDLER_A;
    packet.ident = this.v1;
    packet.a1 = 0;
    for (let i = 0; i < 4; i++) {
      this.v2++;
      if (this.v2 > 26) this.v2 = 1;
      packet.a2[i] = this.v2;
    }
    return this.scheduler.queue(packet);
  }
}

class HandlerTask {
  constructor(scheduler) {
    this.scheduler = scheduler;
    this.v1 = null;
    this.v2 = null;
  }

  run(packet) {
    if (packet !== null) {
      if (packet.work) this.v1 = packet.appendTo(this.v1);
      else this.v2 = packet.appendTo(this.v2);
    }
    if (this.v1 !== null) {
      const work = this.v1;
      const count = work.a1;
      if (count < 4) {
        if (this.v2 !== null) {
          const v = this.v2;
          this.v2 = v.link;
          v.a1 = work.a2[count];
          work.a1 = count + 1;
          return this.scheduler.queue(v);
        }
      } else {
        this.v1 = work.link;
        return this.scheduler.queue(work);
      }
    }
    return this.scheduler.suspendCurrent();
  }
}

class Tcb {
  constructor(link, ident, priority, queue, task) {
    this.link = link;
    this.ident = ident;
    this.priority = priority;
    this.queue = queue;
    this.task = task;
    this.suspended = true;
    this.runnable = queue !== null;
    this.held = false;
  }

  run() {
    let packet = null;
    if (this.suspended && this.runnable && !this.held) {
      packet = this.queue;
      this.queue = packet.link;
      this.suspended = false;
      this.runnable = this.queue !== null;
    }
    return this.task.run(packet);
  }
}

class Scheduler {
  constructor() {
    this.queueCount = 0;
    this.holdCount = 0;
    this.blocks = new Array(6).fill(null);
    this.list = null;
    this.current = null;
    this.currentId = 0;
  }

  add(ident, priority, queue, task) {
    this.list = new Tcb(this.list, ident, priority, queue, task);
    this.blocks[ident] = this.list;
    return this.list;
  }

  schedule() {
    this.current = this.list;
    while (this.current !== null) {
      const tcb = this.current;
      if (tcb.held || (tcb.suspended && !tcb.runnable)) {
        this.current = tcb.link;
      } else {
        this.currentId = tcb.ident;
        this.current = tcb.run();
      }
    }
  }

  release(ident) {
    const tcb = this.blocks[ident];
    tcb.held = false;
    return tcb.priority > this.current.priority ? tcb : this.current;
  }

  holdCurrent() {
    this.holdCount++;
    this.current.held = true;
    return this.current.link;
  }

  suspendCurrent() {
    this.current.suspended = true;
    return this.current;
  }

  queue(packet) {
    const tcb = this.blocks[packet.ident];
    this.queueCount++;
    packet.link = null;
    packet.ident = this.currentId;
    if (tcb.queue === null) {
      tcb.queue = packet;
      tcb.runnable = true;
      if (tcb.priority > this.current.priority) return tcb;
    } else {
      tcb.queue = packet.appendTo(tcb.queue);
    }
    return this.current;
  }
}

function runOnce() {
  const s = new Scheduler();
  s.add(IDLE, 0, null, new IdleTask(s)).suspended = false;
  let queue = new Packet(null, WORKER, true);
  queue = new Packet(queue, WORKER, true);
  s.add(WORKER, 1000, queue, new WorkerTask(s));
  for (const [ident, device, priority] of [[HANDLER_A, DEVICE_A, 2000], [HANDLER_B, DEVICE_B, 3000]]) {
    queue = null;
    for (let i = 0; i < 3; i++) queue = new Packet(queue, device, false);
    s.add(ident, priority, queue, new HandlerTask(s));
  }
  s.add(DEVICE_A, 4000, null, new DeviceTask(s));
  s.add(DEVICE_B, 5000, null, new DeviceTask(s));
  s.schedule();
  return s.queueCount * 100000 + s.holdCount;
}

function bench() {
  let total = 0;
  for (let i = 0; i < 10; i++) total += runOnce();
  return total;
}

const REPS = 1;
for (let rep = 0; rep < REPS; rep++) {
  const start = process.cpuUsage();
  const r = bench();
  const { user, system } = process.cpuUsage(start);
  console.log("R " + r);
  console.log("T " + ((user + system) / 1e6).toFixed(6));
}
