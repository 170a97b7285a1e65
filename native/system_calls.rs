//! What a guest's process may not ask the kernel for: a filter of system calls (seccomp). All else it may.
//!
//! It makes threads and no processes. Nobody but the process itself gets its signals and its looks, and there are no queues and no memory between processes: all pods' guests may be one
//! user. Nothing of namespaces, mounts, modules, keys, clocks or tracing, which no guest needs and where kernels have their faults; no sockets but those of
//! the network and of this machine's own kind.

use crate::system::{call, number};

#[repr(C)]
#[derive(Clone, Copy)]
struct Step {
    code: u16,
    hit: u8,
    miss: u8,
    value: u32,
}

const LOAD: u16 = 0x20;
const EQUAL: u16 = 0x15;
const AT_LEAST: u16 = 0x35;
const ANY_BIT: u16 = 0x45;
const RETURN: u16 = 0x06;

const ALLOW: u32 = 0x7fff_0000;
const NOT_PERMITTED: u32 = 0x0005_0001;
/// Glibc then makes threads with `clone`, whose flags can be seen.
const NOT_THERE: u32 = 0x0005_0026;
const KILL: u32 = 0x8000_0000;

const ARCHITECTURE_AT: u32 = 4;
const FIRST_AT: u32 = 16;
const SECOND_AT: u32 = 24;

/// Flags of `clone` that make namespaces.
const NAMESPACES: u32 = 0x7e02_0000;
/// The flag of `clone` that makes a thread. An engine makes no processes, and one that outlived it would hold its output open: nobody could tell of its end.
const THREAD: u32 = 0x0001_0000;

/// Families of sockets: unix, IPv4, IPv6, and netlink, by which the C library learns the machine's addresses.
const FAMILIES: [u32; 4] = [1, 2, 10, 16];

/// `F_SETOWN`, `F_SETSIG` and `F_SETOWN_EX`: they have the kernel send signals.
const OWNING: [u32; 3] = [8, 10, 15];
/// The same for sockets by `ioctl`: `FIOSETOWN`, `SIOCSPGRP`.
const OWNING_SOCKETS: [u32; 2] = [0x8901, 0x8902];

#[cfg(target_arch = "x86_64")]
mod calls {
    pub const ARCHITECTURE: u32 = 0xc000_003e;
    pub const CLONE: u32 = 56;
    pub const SOCKET: u32 = 41;
    pub const FCNTL: u32 = 72;
    pub const IOCTL: u32 = 16;
    /// Signals; the first argument is a process.
    pub const SIGNALS: [u32; 5] = [62, 129, 200, 234, 297];
    /// Limits and turns on the processor; the first argument is a process, or 0 for oneself.
    pub const OF_PROCESS: [u32; 5] = [142, 144, 203, 302, 314];
    pub const DENIED: [u32; 61] = [
        57, 58, 29, 30, 31, 64, 65, 66, 67, 68, 69, 70, 71, 220, 240, 241, 101, 103, 134, 135, 141, 153, 154, 155, 159, 161, 163, 164, 165, 166, 167, 168, 169, 170, 171, 172, 173, 175, 176, 179, 212, 227, 246,
        248, 249, 250, 251, 256, 272, 279, 298, 303, 304, 305, 308, 310, 311, 312, 313, 320, 321,
    ];
    pub const USERFAULTFD: u32 = 323;
}
#[cfg(target_arch = "aarch64")]
mod calls {
    pub const ARCHITECTURE: u32 = 0xc000_00b7;
    pub const CLONE: u32 = 220;
    pub const SOCKET: u32 = 198;
    pub const FCNTL: u32 = 25;
    pub const IOCTL: u32 = 29;
    /// Signals; the first argument is a process.
    pub const SIGNALS: [u32; 5] = [129, 130, 131, 138, 240];
    /// Limits and turns on the processor; the first argument is a process, or 0 for oneself.
    pub const OF_PROCESS: [u32; 5] = [118, 119, 122, 261, 274];
    pub const DENIED: [u32; 55] = [
        180, 181, 186, 187, 188, 189, 190, 191, 192, 193, 194, 195, 196, 197, 18, 30, 39, 40, 41, 51, 58, 60, 89, 92, 97, 104, 105, 106, 112, 116, 117, 140, 142, 161, 162, 170, 171, 217, 218, 219, 224, 225, 238, 239,
        241, 264, 265, 266, 268, 270, 271, 272, 273, 280, 294,
    ];
    pub const USERFAULTFD: u32 = 282;
}

/// The same number everywhere: signals and files through descriptors of processes, io_uring (which runs calls past this filter), the newer calls of mounts.
const DENIED_EVERYWHERE: [u32; 15] = [424, 425, 426, 427, 428, 429, 430, 431, 432, 433, 434, 438, 440, 442, 448];

const CLONE3: u32 = 435;

struct Filter {
    steps: [Step; 320],
    length: usize,
}

impl Filter {
    fn add(&mut self, code: u16, value: u32, hit: u8, miss: u8) {
        self.steps[self.length] = Step { code, hit, miss, value };
        self.length += 1;
    }

    fn end(&mut self, answer: u32) {
        self.add(RETURN, answer, 0, 0);
    }

    /// Answers so when the call has this number.
    fn answer(&mut self, number: u32, answer: u32) {
        self.add(EQUAL, number, 0, 1);
        self.end(answer);
    }

    /// Lets the call through only with one of these values as its argument; or only without them.
    fn argument(&mut self, number: u32, at: u32, values: &[u32], only: bool) {
        self.add(EQUAL, number, 0, values.len() as u8 + 3);
        self.add(LOAD, at, 0, 0);
        for (index, value) in values.iter().enumerate() {
            let left = (values.len() - index) as u8;
            self.add(EQUAL, *value, left, 0);
        }
        self.end(if only { NOT_PERMITTED } else { ALLOW });
        self.end(if only { ALLOW } else { NOT_PERMITTED });
    }
}

/// Sets the filter; the process must not be able to get privileges any more. A kernel without such filters goes without.
pub fn restrict() -> isize {
    let own = call(number::GETPID, []) as u32;
    let mut filter = Filter { steps: [Step { code: 0, hit: 0, miss: 0, value: 0 }; 320], length: 0 };
    filter.add(LOAD, ARCHITECTURE_AT, 0, 0);
    filter.add(EQUAL, calls::ARCHITECTURE, 1, 0);
    filter.end(KILL);
    filter.add(LOAD, 0, 0, 0);
    if cfg!(target_arch = "x86_64") {
        // the numbers of x32
        filter.add(AT_LEAST, 0x4000_0000, 0, 1);
        filter.end(NOT_PERMITTED);
    }
    for number in calls::DENIED.iter().chain(&DENIED_EVERYWHERE).chain(&[calls::USERFAULTFD]) {
        filter.answer(*number, NOT_PERMITTED);
    }
    filter.answer(CLONE3, NOT_THERE);
    for number in calls::SIGNALS {
        filter.argument(number, FIRST_AT, &[own], true);
    }
    for number in calls::OF_PROCESS {
        filter.argument(number, FIRST_AT, &[0, own], true);
    }
    filter.argument(calls::SOCKET, FIRST_AT, &FAMILIES, true);
    filter.argument(calls::FCNTL, SECOND_AT, &OWNING, false);
    filter.argument(calls::IOCTL, SECOND_AT, &OWNING_SOCKETS, false);
    filter.add(EQUAL, calls::CLONE, 0, 4);
    filter.add(LOAD, FIRST_AT, 0, 0);
    filter.add(ANY_BIT, NAMESPACES, 1, 0);
    filter.add(ANY_BIT, THREAD, 1, 0);
    filter.end(NOT_PERMITTED);
    filter.end(ALLOW);
    let program: [usize; 2] = [filter.length, filter.steps.as_ptr() as usize];
    call(number::PRCTL, [22, 2, program.as_ptr() as usize])
}
