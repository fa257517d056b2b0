use std::hint::black_box as bb;

const COUNT: i64 = 10000;
const IDLE: usize = 0;
const WORKER: usize = 1;
const HANDLER_A: usize = 2;
const HANDLER_B: usize = 3;
const DEV_A: usize = 4;
const DEV_B: usize = 5;

type P = Option<usize>;

struct Packet {
    link: P,
    ident: usize,
    work: bool,
    a1: usize,
    a2: [i64; 4],
}

enum Task {
    Idle { v1: i64, count: i64 },
    Device { v1: P },
    Worker { v1: usize, v2: i64 },
    Handler { v1: P, v2: P },
}

struct Tcb {
    link: P,
    ident: usize,
    pri: i64,
    queue: P,
    task: Task,
    suspended: bool,
    runnable: bool,
    held: bool,
}

struct Sched {
    packets: Vec<Packet>,
    tcbs: Vec<Tcb>,
    blocks: [usize; 6],
    list: P,
    current: usize,
    current_id: usize,
    queue_count: i64,
    hold_count: i64,
}

impl Sched {
    fn packet(&mut self, link: P, ident: usize, work: bool) -> P {
        self.packets.push(Packet { link, ident, work, a1: 0, a2: [0; 4] });
        Some(self.packets.len() - 1)
    }
    fn add_to(&mut self, p: usize, queue: P) -> P {
        self.packets[p].link = None;
        let Some(mut q) = queue else { return Some(p) };
        while let Some(n) = self.packets[q].link {
            q = n
        }
        self.packets[q].link = Some(p);
        queue
    }
    fn add(&mut self, ident: usize, pri: i64, queue: P, task: Task) -> usize {
        self.tcbs.push(Tcb {
            link: self.list,
            ident,
            pri,
            queue,
            task,
            suspended: true,
            runnable: queue.is_some(),
            held: false,
        });
        let t = self.tcbs.len() - 1;
        self.list = Some(t);
        self.blocks[ident] = t;
        t
    }
    fn schedule(&mut self) {
        let mut cur = self.list;
        while let Some(c) = cur {
            self.current = c;
            let t = &self.tcbs[c];
            if t.held || (t.suspended && !t.runnable) {
                cur = t.link;
            } else {
                self.current_id = t.ident;
                cur = self.run(c);
            }
        }
    }
    fn release(&mut self, ident: usize) -> P {
        let t = self.blocks[ident];
        self.tcbs[t].held = false;
        if self.tcbs[t].pri > self.tcbs[self.current].pri { Some(t) } else { Some(self.current) }
    }
    fn hold_current(&mut self) -> P {
        self.hold_count += 1;
        let t = &mut self.tcbs[self.current];
        t.held = true;
        t.link
    }
    fn suspend_current(&mut self) -> P {
        self.tcbs[self.current].suspended = true;
        Some(self.current)
    }
    fn queue(&mut self, p: usize) -> P {
        let t = self.blocks[self.packets[p].ident];
        self.queue_count += 1;
        self.packets[p].link = None;
        self.packets[p].ident = self.current_id;
        match self.tcbs[t].queue {
            None => {
                self.tcbs[t].queue = Some(p);
                self.tcbs[t].runnable = true;
                if self.tcbs[t].pri > self.tcbs[self.current].pri {
                    return Some(t);
                }
            }
            q => self.tcbs[t].queue = self.add_to(p, q),
        }
        Some(self.current)
    }
    fn run(&mut self, c: usize) -> P {
        let mut packet = None;
        let t = &mut self.tcbs[c];
        if t.suspended && t.runnable && !t.held {
            packet = t.queue;
            t.queue = self.packets[packet.unwrap()].link;
            t.suspended = false;
            t.runnable = t.queue.is_some();
        }
        match &mut t.task {
            Task::Idle { v1, count } => {
                *count -= 1;
                if *count == 0 {
                    return self.hold_current();
                }
                if *v1 % 2 == 0 {
                    *v1 /= 2;
                    return self.release(DEV_A);
                }
                *v1 = (*v1 / 2 + 53256) % 65536;
                self.release(DEV_B)
            }
            Task::Device { v1 } => match packet {
                None => match v1.take() {
                    None => self.suspend_current(),
                    Some(v) => self.queue(v),
                },
                p => {
                    *v1 = p;
                    self.hold_current()
                }
            },
            Task::Worker { v1, v2 } => {
                let Some(p) = packet else { return self.suspend_current() };
                *v1 = if *v1 == HANDLER_A { HANDLER_B } else { HANDLER_A };
                let pk = &mut self.packets[p];
                pk.ident = *v1;
                pk.a1 = 0;
                for i in 0..4 {
                    *v2 += 1;
                    if *v2 > 26 {
                        *v2 = 1
                    }
                    pk.a2[i] = *v2;
                }
                self.queue(p)
            }
            Task::Handler { v1, v2 } => {
                let (mut a, mut b) = (*v1, *v2);
                if let Some(p) = packet {
                    if self.packets[p].work { a = self.add_to(p, a) } else { b = self.add_to(p, b) }
                }
                let mut out = None;
                if let Some(w) = a {
                    let count = self.packets[w].a1;
                    if count < 4 {
                        if let Some(v) = b {
                            b = self.packets[v].link;
                            self.packets[v].a1 = self.packets[w].a2[count] as usize;
                            self.packets[w].a1 = count + 1;
                            out = Some(v);
                        }
                    } else {
                        a = self.packets[w].link;
                        out = Some(w);
                    }
                }
                if let Task::Handler { v1, v2 } = &mut self.tcbs[c].task {
                    *v1 = a;
                    *v2 = b
                }
                match out {
                    Some(v) => self.queue(v),
                    None => self.suspend_current(),
                }
            }
        }
    }
}

fn run_once() -> i64 {
    let mut s = Sched {
        packets: vec![],
        tcbs: vec![],
        blocks: [0; 6],
        list: None,
        current: 0,
        current_id: 0,
        queue_count: 0,
        hold_count: 0,
    };
    let t = s.add(IDLE, 0, None, Task::Idle { v1: 1, count: COUNT });
    s.tcbs[t].suspended = false;
    s.tcbs[t].runnable = false;
    let q = s.packet(None, WORKER, true);
    let q = s.packet(q, WORKER, true);
    s.add(WORKER, 1000, q, Task::Worker { v1: HANDLER_A, v2: 0 });
    let q = s.packet(None, DEV_A, false);
    let q = s.packet(q, DEV_A, false);
    let q = s.packet(q, DEV_A, false);
    s.add(HANDLER_A, 2000, q, Task::Handler { v1: None, v2: None });
    let q = s.packet(None, DEV_B, false);
    let q = s.packet(q, DEV_B, false);
    let q = s.packet(q, DEV_B, false);
    s.add(HANDLER_B, 3000, q, Task::Handler { v1: None, v2: None });
    s.add(DEV_A, 4000, None, Task::Device { v1: None });
    s.add(DEV_B, 5000, None, Task::Device { v1: None });
    s.schedule();
    s.queue_count * 100000 + s.hold_count
}

fn bench(rounds: i64) -> i64 {
    (0..rounds).map(|_| run_once()).sum()
}

pub fn program() -> impl FnMut() -> i64 {
    || bench(bb(10))
}
