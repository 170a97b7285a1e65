//! The supervisor of a container's process: starts it where and as whom it is to run, and keeps what an agent would otherwise have to be there
//! for: output, process id, exit status. `agent/runtime/process/supervisor.ts` has the table of what may happen and what is left of it then.
//!
//! It is run as `supervise PLAN`. The plan is a file of texts that end with NUL, three each: what, and two words about it; see `Plan`.
//! It lets go of who runs it at once and answers one line: `ok: …` or `failed: why`.
//!
//! Two processes stay, of a few pages each:
//!
//! - the first waits for the guest and writes down how it ended;
//! - the second holds the reading ends of the guest's output and starts a log writer with the first byte: many guests never print. If the first
//!   one is gone when the output has ended, it tells of the end in its place.
//!
//! Who depends on what:
//!
//! - Both have the reading ends, so that the second can be killed and made again without loss. The writing ends are the first one's and the guest's:
//!   output ends when both have let go.
//! - Signals are blocked and looked at: an ignored signal would be inherited by the guest.
//! - A log writer is in the guest's control group for processor time (`log-group`): who prints pays for what is made of it. The two processes are in none.
//! - State is written in place into bytes that are there since the start, so that a full disk cannot lose it.
//!
//! Why a program of our own: a shell with mkfifo, dd, nsenter, unshare, mount, setpriv and their like costs 15 ms of processor for each start and
//! 0.5 MB as long as the container runs.
#![no_std]
#![no_main]

mod system;
use system::{call, exit, number, text};

#[cfg(target_arch = "x86_64")]
mod more {
    pub const RT_SIGPROCMASK: usize = 14;
    pub const PWRITE64: usize = 18;
    pub const NANOSLEEP: usize = 35;
    pub const CLONE: usize = 56;
    pub const WAIT4: usize = 61;
    pub const GETPID: usize = 39;
    pub const GETPPID: usize = 110;
    pub const SETSID: usize = 112;
    pub const RT_SIGTIMEDWAIT: usize = 128;
    pub const FACCESSAT: usize = 269;
    pub const PPOLL: usize = 271;
    pub const SIGNALFD4: usize = 289;
    pub const DUP3: usize = 292;
    pub const PIPE2: usize = 293;
    pub const PRLIMIT64: usize = 302;
    pub const EXECVEAT: usize = 322;
}
#[cfg(target_arch = "aarch64")]
mod more {
    pub const DUP3: usize = 24;
    pub const FACCESSAT: usize = 48;
    pub const PIPE2: usize = 59;
    pub const PWRITE64: usize = 68;
    pub const PPOLL: usize = 73;
    pub const SIGNALFD4: usize = 74;
    pub const NANOSLEEP: usize = 101;
    pub const RT_SIGPROCMASK: usize = 135;
    pub const RT_SIGTIMEDWAIT: usize = 137;
    pub const SETSID: usize = 157;
    pub const GETPID: usize = 172;
    pub const GETPPID: usize = 173;
    pub const CLONE: usize = 220;
    pub const WAIT4: usize = 260;
    pub const PRLIMIT64: usize = 261;
    pub const EXECVEAT: usize = 281;
}

type Text = &'static [u8];

const PLAN_SIZE: usize = 1024 * 1024;
/// Texts of arguments are at most half of a plan; pages of the list that nobody fills cost nothing.
const MOST: usize = 64 * 1024;
const HERE: usize = -100isize as usize;

const READ: usize = 0o2000000;
const READ_WRITE: usize = 0o2000002;
const WRITE: usize = 0o2000001;
const CREATE: usize = 0o100;
const CUT: usize = 0o1000;

const SIGHUP: isize = 1;
const SIGCHLD: usize = 17;
const ALL_SIGNALS: u64 = !0;

const POLL_IN: u16 = 1;

const NEW_MOUNTS: usize = 0x0002_0000;
const NEW_NETWORK: usize = 0x4000_0000;
const MS_RDONLY: usize = 1;
const MS_REMOUNT: usize = 32;
const MS_BIND: usize = 4096;
const MS_REC: usize = 16384;
const MS_PRIVATE: usize = 1 << 18;

const ENVIRONMENT_FILE: usize = 5;
const PAYLOAD_FILE: usize = 7;
const PROGRAM_FILE: usize = 8;
const MOUNTS_FILE: usize = 9;
const ENVIRONMENT_AT: usize = 0x1000_0000;
const ENVIRONMENT_SIZE: usize = 4 << 20;
const EMPTY_PATH: usize = 0x1000;

/// What the guest ends with that could not be run.
const NOT_RUN: usize = 126;
/// How often a log writer may refuse before output is dropped.
const MOST_REFUSALS: usize = 5;
const STATE_SIZE: usize = 160;

static mut PLAN: [u8; PLAN_SIZE] = [0; PLAN_SIZE];
static mut ARGUMENTS: [usize; MOST] = [0; MOST];
static mut WRITER: [[usize; 16]; 2] = [[0; 16]; 2];
static mut DROPPED: [u8; 32768] = [0; 32768];

fn address(text: &[u8]) -> usize {
    text.as_ptr() as usize
}

fn open(path: Text, flags: usize) -> isize {
    call(number::OPENAT, [HERE, address(path), flags, 0o644])
}

fn close(file: usize) {
    call(number::CLOSE, [file]);
}

fn fork() -> isize {
    call(more::CLONE, [SIGCHLD, 0, 0, 0, 0])
}

fn block(signals: u64) {
    call(more::RT_SIGPROCMASK, [2, &signals as *const u64 as usize, 0, 8]);
}

fn wait(pid: isize, status: &mut u32, options: usize) -> isize {
    call(more::WAIT4, [pid as usize, status as *mut u32 as usize, options, 0])
}

fn pause() {
    let second = [1u64, 0];
    call(more::NANOSLEEP, [second.as_ptr() as usize, 0]);
}

/// A line that is put together.
struct Line {
    bytes: [u8; 4096],
    length: usize,
}

impl Line {
    fn new() -> Line {
        Line { bytes: [0; 4096], length: 0 }
    }

    fn add(&mut self, text: &[u8]) -> &mut Line {
        for byte in text {
            if self.length < self.bytes.len() - 1 {
                self.bytes[self.length] = *byte;
                self.length += 1;
            }
        }
        self
    }

    fn digits(&mut self, value: usize) -> &mut Line {
        let mut digits = [0u8; 20];
        let mut at = digits.len();
        let mut rest = value;
        loop {
            at -= 1;
            digits[at] = b'0' + (rest % 10) as u8;
            rest /= 10;
            if rest == 0 {
                break;
            }
        }
        self.add(&digits[at..])
    }

    fn error(&mut self, error: isize) -> &mut Line {
        self.add(b": ");
        match -error {
            1 => self.add(b"not permitted"),
            2 => self.add(b"there is no such file"),
            11 => self.add(b"too many processes"),
            12 => self.add(b"no memory"),
            13 => self.add(b"permission denied"),
            16 => self.add(b"busy"),
            22 => self.add(b"invalid argument"),
            24 => self.add(b"too many open files"),
            28 => self.add(b"no space left on device"),
            30 => self.add(b"the file system is read-only"),
            other => self.add(b"error ").digits(other as usize),
        }
    }

    fn print(&mut self, file: usize) {
        self.add(b"\n");
        call(number::WRITE, [file, address(&self.bytes), self.length]);
    }
}

/// Tells who started us and ends.
fn fail(what: &[u8], error: isize) -> ! {
    Line::new().add(b"failed: ").add(what).error(error).print(1);
    exit(1)
}

fn number_of(digits: &[u8]) -> usize {
    digits.iter().fold(0, |value, digit| value * 10 + digit.wrapping_sub(b'0') as usize)
}

/// The plan: what is done is read again and again, which is cheap and needs no memory.
struct Plan {
    length: usize,
}

impl Plan {
    /// Calls back with the rows of one kind.
    fn each(&self, what: &[u8], mut row: impl FnMut(Text, Text)) {
        let mut at = 0;
        let mut next = || {
            let found = text(unsafe { (core::ptr::addr_of!(PLAN) as *const u8).add(at) });
            at += found.len() + 1;
            (found, at)
        };
        loop {
            let (kind, at) = next();
            if at >= self.length {
                return;
            }
            let (first, _) = next();
            let (second, _) = next();
            if kind == what {
                row(first, second);
            }
        }
    }

    fn find(&self, what: &[u8]) -> Option<(Text, Text)> {
        let mut found = None;
        self.each(what, |first, second| found = Some((first, second)));
        found
    }
}

fn read_plan(path: Text) -> Plan {
    let file = open(path, READ);
    if file < 0 {
        fail(b"Can not read the plan", file)
    }
    let mut length = 0;
    loop {
        let at = core::ptr::addr_of_mut!(PLAN) as usize + length;
        let count = call(number::READ, [file as usize, at, PLAN_SIZE - 4 - length]);
        if count < 0 {
            fail(b"Can not read the plan", count)
        }
        if count == 0 {
            break;
        }
        length += count as usize;
    }
    close(file as usize);
    if length >= PLAN_SIZE - 4 {
        fail(b"Can not read the plan", -27)
    }
    Plan { length }
}

/// `path` in `folder` with NUL.
fn join(folder: &[u8], path: &[u8]) -> Line {
    let mut line = Line::new();
    line.add(folder).add(path);
    line.bytes[line.length] = 0;
    line
}

fn make_folders(path: Text) -> isize {
    let mut result = 0;
    for end in 1..=path.len() {
        if end == path.len() || path[end] == b'/' {
            let name = join(&path[..end], b"");
            result = call(number::MKDIRAT, [HERE, address(&name.bytes), 0o755]);
        }
    }
    if result == -17 { 0 } else { result }
}

/// Field 22 of the process' `stat`: when it began. Empty when it cannot be read.
fn start_time(pid: usize, into: &mut Line) {
    let mut path = Line::new();
    path.add(b"/proc/").digits(pid).add(b"/stat");
    let file = call(number::OPENAT, [HERE, address(&path.bytes), READ, 0]);
    if file < 0 {
        return;
    }
    let mut stat = [0u8; 1024];
    let count = call(number::READ, [file as usize, stat.as_mut_ptr() as usize, stat.len()]).max(0) as usize;
    close(file as usize);
    let stat = &stat[..count];
    let name_end = stat.iter().rposition(|byte| *byte == b')').unwrap_or(0);
    // The name is field 2.
    if let Some(field) = stat[name_end..].split(|byte| *byte == b' ').nth(20) {
        into.add(field);
    }
}

fn write_state(file: usize, line: &mut Line) -> isize {
    while line.length < STATE_SIZE - 1 {
        line.add(b" ");
    }
    line.add(b"\n");
    call(more::PWRITE64, [file, address(&line.bytes), line.length, 0])
}

fn tell_exit(path: Text) {
    let file = open(path, WRITE | CREATE | CUT);
    if file >= 0 {
        close(file as usize);
    }
}

/// One stream of output, as the second process sees it.
struct Stream {
    /// The reading end; 0 when it is over.
    file: usize,
    arguments: usize,
    writer: isize,
    refusals: usize,
    banner: &'static [u8],
    /// How much of the banner has come; beyond its length: the rest of its line is awaited.
    seen: usize,
    first: Text,
    /// The control group of its writer; empty: none.
    group: Text,
}

impl Stream {
    /// What is to be done when there is something to read.
    fn readable(&mut self) {
        if self.refusals >= MOST_REFUSALS {
            self.drop_some();
        } else if self.banner.is_empty() {
            self.start_writer();
        } else {
            self.match_banner();
        }
    }

    fn drop_some(&mut self) {
        let into = core::ptr::addr_of_mut!(DROPPED) as usize;
        call(number::READ, [self.file, into, 32768]);
    }

    /// Takes one byte of the line that may be the engine's own.
    fn match_banner(&mut self) {
        let mut byte = [0u8; 1];
        if call(number::READ, [self.file, byte.as_mut_ptr() as usize, 1]) != 1 {
            return;
        }
        if self.seen == self.banner.len() {
            if byte[0] == b'\n' {
                self.banner = b"";
            }
        } else if byte[0] == self.banner[self.seen] {
            self.seen += 1;
        } else {
            self.keep(&byte);
            self.start_writer();
        }
    }

    /// It was no banner: what was taken for one comes first in the log.
    fn keep(&mut self, last: &[u8]) {
        let mut line = Line::new();
        line.add(&self.banner[..self.seen]).add(last);
        let file = open(self.first, WRITE | CREATE | CUT);
        if file >= 0 {
            call(number::WRITE, [file as usize, address(&line.bytes), line.length]);
            close(file as usize);
        }
        self.banner = b"";
    }

    fn start_writer(&mut self) {
        let mut pid = if self.group.is_empty() { -2 } else { fork_into(self.group) };
        let is_born_in_group = pid >= 0;
        if !is_born_in_group {
            pid = fork();
        }
        if pid == 0 {
            // A group that cannot be had must not cost the output.
            if !is_born_in_group && !self.group.is_empty() {
                join_group(self.group);
            }
            let nothing = call(number::OPENAT, [HERE, address(b"/dev/null\0"), READ_WRITE, 0]) as usize;
            call(more::DUP3, [self.file, 0, 0]);
            call(more::DUP3, [nothing, 1, 0]);
            call(more::DUP3, [nothing, 2, 0]);
            block(0);
            let program = unsafe { *(self.arguments as *const usize) };
            let none = [0usize];
            call(number::EXECVE, [program, self.arguments, none.as_ptr() as usize]);
            exit(127)
        }
        if pid > 0 {
            self.writer = pid;
        } else {
            pause();
        }
    }

    /// The log writer has ended.
    fn ended(&mut self, status: u32) {
        self.writer = 0;
        if status == 0 {
            self.close();
            return;
        }
        // A killed one is started again; one that ends by itself again and again cannot run here any more: a pipe that nobody reads would stop
        // the guest, and one that is never read to its end would keep the exit from being told.
        if status & 0x7f == 0 {
            self.refusals += 1;
        }
        pause();
    }

    /// Nobody writes any more, and all has been read.
    fn over(&mut self) {
        if !self.banner.is_empty() && self.seen > 0 && self.seen < self.banner.len() {
            self.keep(b"");
            self.start_writer();
        } else {
            self.close();
        }
    }

    fn close(&mut self) {
        close(self.file);
        self.file = 0;
    }
}

/// The second process.
fn keep_output(plan: &Plan, ends: [usize; 2], above: isize) -> ! {
    let children: u64 = 1 << (SIGCHLD - 1);
    let told = call(more::SIGNALFD4, [-1isize as usize, &children as *const u64 as usize, 8, 0o2004000]) as usize;
    let banner = plan.find(b"banner").map_or(&b""[..], |(text, _)| text);
    let stream = |index: usize, banner: &'static [u8]| Stream {
        file: ends[index],
        arguments: unsafe { core::ptr::addr_of!(WRITER[index]) as usize },
        writer: 0,
        refusals: 0,
        banner,
        seen: 0,
        first: plan.find(if index == 0 { b"first-out" } else { b"first-err" }).map_or(&b"\0"[..0], |(path, _)| path),
        group: plan.find(b"log-group").map_or(&b""[..], |(folder, _)| folder),
    };
    let mut streams = [stream(0, b""), stream(1, banner)];
    while streams.iter().any(|stream| stream.file != 0) {
        // file, what is asked for, what is so
        let mut polled = [(told as i32, POLL_IN, 0u16); 3];
        for (index, stream) in streams.iter().enumerate() {
            let file = if stream.file == 0 || stream.writer != 0 { -1 } else { stream.file as i32 };
            polled[index] = (file, POLL_IN, 0);
        }
        call(more::PPOLL, [polled.as_mut_ptr() as usize, 3, 0, 0, 8]);
        if polled[2].2 != 0 {
            let mut information = [0u64; 16];
            call(number::READ, [told, information.as_mut_ptr() as usize, 128]);
            let mut status = 0;
            loop {
                let pid = wait(-1, &mut status, 1);
                if pid <= 0 {
                    break;
                }
                for stream in streams.iter_mut().filter(|stream| stream.writer == pid) {
                    stream.ended(status);
                }
            }
        }
        for (index, stream) in streams.iter_mut().enumerate() {
            if polled[index].0 < 0 || stream.file == 0 || stream.writer != 0 {
                continue;
            }
            if polled[index].2 & POLL_IN != 0 {
                stream.readable();
            } else if polled[index].2 != 0 {
                stream.over();
            }
        }
    }
    if call(more::GETPPID, []) != above {
        if let Some((path, _)) = plan.find(b"exits") {
            tell_exit(path);
        }
    }
    exit(0)
}

/// Tells in the container's log why its program was never run, and ends.
fn not_run(what: &[u8], name: &[u8], error: isize) -> ! {
    Line::new().add(b"Can not ").add(what).add(b" \"").add(&name[..name.len().min(3000)]).add(b"\"").error(error).print(2);
    exit(NOT_RUN)
}

fn must(what: &[u8], name: &[u8], result: isize) -> usize {
    if result < 0 {
        not_run(what, name, result)
    }
    result as usize
}

/// Opens a file under a number that the guest is told, or that what follows knows.
fn open_as(path: Text, number: usize, flags: usize) {
    let file = must(b"open", path, open(path, READ));
    // The lowest free number is below all of ours.
    must(b"open", path, call(more::DUP3, [file, number, flags]));
    close(file);
}

/// Moves this process into a control group. To move a whole process the kernel stops the machine's forks and waits for all processors, some
/// milliseconds a group; to move one thread that asks for itself it need not. Version 2 knows no such move, and is asked otherwise (`fork_into`).
fn join_group(folder: Text) -> isize {
    let mut result = -2;
    for name in [&b"/tasks"[..], b"/cgroup.procs"] {
        let path = join(folder, name);
        let file = call(number::OPENAT, [HERE, address(&path.bytes), WRITE, 0]);
        if file < 0 {
            result = file;
            continue;
        }
        result = call(number::WRITE, [file as usize, address(b"0"), 1]);
        close(file as usize);
        if result >= 0 {
            break;
        }
    }
    result
}

/// A child that begins in a control group of version 2; negative where the kernel cannot do that.
fn fork_into(folder: Text) -> isize {
    let file = open(folder, READ);
    if file < 0 {
        return file;
    }
    let mut request = [0u64; 11];
    request[0] = 0x2_0000_0000; // into a control group
    request[4] = SIGCHLD as u64;
    request[10] = file as u64;
    let pid = call(435 /* clone3 */, [request.as_ptr() as usize, 88]);
    if pid != 0 {
        close(file as usize);
    }
    pid
}

/// What no limit of a Pod says: as many open files as a busy service needs, where an agent may have had a hundred times that, and no core dumps, which
/// would hold Secrets. Limits that are lower stay.
fn bound() {
    const CORE: usize = 4;
    const OPEN_FILES: usize = 7;
    const MOST_FILES: u64 = 65_536;
    let none = [0u64; 2];
    call(more::PRLIMIT64, [0, CORE, none.as_ptr() as usize, 0]);
    let mut files = [0u64; 2];
    if call(more::PRLIMIT64, [0, OPEN_FILES, 0, files.as_mut_ptr() as usize]) < 0 {
        return;
    }
    let most = if files[1] < MOST_FILES { files[1] } else { MOST_FILES };
    files = [most, most];
    call(more::PRLIMIT64, [0, OPEN_FILES, files.as_ptr() as usize, 0]);
}

/// Becomes the guest.
fn become_guest(plan: &Plan, writing: [usize; 2], is_born_in_group: bool) -> ! {
    let input = plan.find(b"input").map_or(&b"/dev/null\0"[..9], |(name, _)| name);
    let error = open(input, READ);
    call(more::DUP3, [writing[1], 2, 0]);
    call(more::DUP3, [writing[0], 1, 0]);
    let file = must(b"open", input, error);
    call(more::DUP3, [file, 0, 0]);
    // What is open besides closes itself; ours have numbers that must not be in the way.
    call(number::CLOSE_RANGE, [3, u32::MAX as usize, 0]);
    block(0);
    if let Some((score, _)) = plan.find(b"oom-score") {
        let file = open(b"/proc/self/oom_score_adj\0", WRITE);
        if file >= 0 {
            call(number::WRITE, [file as usize, address(score), score.len()]);
            close(file as usize);
        }
    }
    plan.each(b"group", |folder, _| {
        if !is_born_in_group {
            must(b"join", folder, join_group(folder));
        }
    });
    bound();
    // Files that are for their owner alone, as the environment, or where only root can look.
    open_as(&b"env\0"[..3], ENVIRONMENT_FILE, 0);
    let launcher = plan.find(b"launcher").map(|(path, _)| path);
    if let Some((path, _)) = plan.find(b"netns") {
        let file = must(b"open", path, open(path, READ));
        must(b"enter the network", path, call(number::SETNS, [file, NEW_NETWORK]));
        close(file);
    }
    if let Some((path, _)) = plan.find(b"payload") {
        open_as(path, PAYLOAD_FILE, 0);
    }
    if launcher.is_none() {
        if let Some((path, _)) = plan.find(b"program") {
            open_as(path, PROGRAM_FILE, READ);
        }
    }
    if let Some((folder, _)) = plan.find(b"mounts") {
        mount(plan, folder);
    }
    if let Some((user, group)) = plan.find(b"user") {
        become_user(plan, user, group);
    }
    let arguments = core::ptr::addr_of!(ARGUMENTS) as usize;
    if let Some(path) = launcher {
        let none = [0usize];
        let error = call(number::EXECVE, [address(path), arguments, none.as_ptr() as usize]);
        not_run(b"run", path, error)
    }
    let flags = 0x12; // private, at this very place
    let mapped = call(number::MMAP, [ENVIRONMENT_AT, ENVIRONMENT_SIZE, 1, flags, ENVIRONMENT_FILE, 0]);
    must(b"map", b"env", mapped);
    close(ENVIRONMENT_FILE);
    let error = call(more::EXECVEAT, [PROGRAM_FILE, address(b"\0"), arguments, ENVIRONMENT_AT, EMPTY_PATH]);
    not_run(b"run", plan.find(b"program").map_or(&b""[..], |(path, _)| path), error)
}

fn mount(plan: &Plan, folder: Text) {
    must(b"have mounts apart for", folder, call(number::UNSHARE, [NEW_MOUNTS]));
    let machine = b"/\0";
    must(b"leave the mounts of", b"/", call(number::MOUNT, [0, address(machine), 0, MS_REC | MS_PRIVATE, 0]));
    let bind = |from: Text, to: Text| {
        must(b"mount", from, call(number::MOUNT, [address(from), address(to), 0, MS_BIND, 0]));
    };
    plan.each(b"bind", bind);
    plan.each(b"read", |from, to| {
        bind(from, to);
        let flags = MS_REMOUNT | MS_BIND | MS_RDONLY;
        must(b"make read-only", from, call(number::MOUNT, [0, address(to), 0, flags, 0]));
    });
    open_as(folder, MOUNTS_FILE, 0);
}

/// Becomes the user and gives up whatever more than a user may do.
fn become_user(plan: &Plan, user: Text, group: Text) {
    for capability in 0..64 {
        if call(number::PRCTL, [24, capability]) < 0 {
            break;
        }
    }
    let mut list = [0u32; MOST];
    let mut count = 0;
    plan.each(b"also-group", |digits, _| {
        if count < list.len() {
            list[count] = number_of(digits) as u32;
            count += 1;
        }
    });
    must(b"set the groups of", user, call(number::SETGROUPS, [count, list.as_ptr() as usize]));
    let id = number_of(group);
    must(b"become group", group, call(number::SETRESGID, [id, id, id]));
    let id = number_of(user);
    must(b"become user", user, call(number::SETRESUID, [id, id, id]));
    let header: [u32; 2] = [0x2008_0522, 0];
    let none = [0u32; 6];
    must(b"give up capabilities of", user, call(number::CAPSET, [header.as_ptr() as usize, none.as_ptr() as usize]));
    must(b"renounce privileges of", user, call(number::PRCTL, [38, 1, 0, 0, 0]));
}

/// Reads rows of texts into a list for `execve`.
fn collect(plan: &Plan, what: &[u8], into: &mut [usize]) {
    let mut count = 0;
    plan.each(what, |text, _| {
        if count + 1 < into.len() {
            into[count] = address(text);
            count += 1;
        }
    });
    if count + 1 >= into.len() {
        fail(b"Can not take so many arguments", -7)
    }
}

fn prepare(plan: &Plan) {
    if plan.find(b"oom-score").is_some() {
        let file = open(b"/proc/self/oom_score_adj\0", WRITE);
        if file >= 0 {
            call(number::WRITE, [file as usize, address(b"-900"), 4]);
            close(file as usize);
        }
    }
    plan.each(b"group", |folder, _| {
        let made = make_folders(folder);
        if made < 0 {
            fail(b"Can not make the control groups", made)
        }
    });
    plan.each(b"write", |path, value| {
        let file = open(path, WRITE);
        let written = if file < 0 { file } else { call(number::WRITE, [file as usize, address(value), value.len()]) };
        if written < 0 {
            let mut what = Line::new();
            what.add(b"Can not write ").add(value).add(b" to ").add(path);
            fail(&what.bytes[..what.length], written)
        }
        close(file as usize);
    });
    unsafe {
        collect(plan, b"argument", &mut *core::ptr::addr_of_mut!(ARGUMENTS));
        let writer = &mut *core::ptr::addr_of_mut!(WRITER);
        collect(plan, b"log-out", &mut writer[0]);
        collect(plan, b"log-err", &mut writer[1]);
    }
}

/// Waits until the guest has ended, and does what is to be done until then. Its status, and who keeps the output.
fn wait_for(plan: &Plan, guest: isize, mut input: isize, mut keeper: isize, keep: impl Fn() -> isize) -> (u32, isize) {
    loop {
        let told = call(more::RT_SIGTIMEDWAIT, [&ALL_SIGNALS as *const u64 as usize, 0, 0, 8]);
        if told == SIGHUP && input >= 0 {
            let is_gone = plan.find(b"input").map_or(true, |(name, _)| call(more::FACCESSAT, [HERE, address(name), 0]) < 0);
            if is_gone {
                close(input as usize);
                input = -1;
            }
        }
        loop {
            let mut ended = 0;
            let pid = wait(-1, &mut ended, 1);
            if pid <= 0 {
                break;
            }
            if pid == guest {
                return (ended, keeper);
            }
            if pid == keeper {
                pause();
                keeper = keep();
            }
        }
    }
}

#[no_mangle]
unsafe extern "C" fn main(stack: *const usize) -> ! {
    if *stack < 2 {
        exit(2);
    }
    let plan = read_plan(text(*stack.add(2) as *const u8));
    let first = fork();
    if first != 0 {
        exit(if first < 0 { 1 } else { 0 });
    }
    call(more::SETSID, []);
    call(number::CLOSE_RANGE, [3, u32::MAX as usize, 0]);
    block(ALL_SIGNALS);
    if let Some((folder, _)) = plan.find(b"folder") {
        let entered = call(number::CHDIR, [address(folder)]);
        if entered < 0 {
            fail(b"Can not enter the container's folder", entered)
        }
    }
    prepare(&plan);
    supervise(&plan)
}

fn pipe() -> (usize, usize) {
    let mut ends = [0i32; 2];
    let made = call(more::PIPE2, [ends.as_mut_ptr() as usize, 0o2000000]);
    if made < 0 {
        fail(b"Can not make pipes", made)
    }
    (ends[0] as usize, ends[1] as usize)
}

fn supervise(plan: &Plan) -> ! {
    let state = open(b"state\0", READ_WRITE | CREATE);
    if state < 0 {
        fail(b"Can not write the state", state)
    }
    let state = state as usize;
    let written = write_state(state, Line::new().add(b"starting"));
    if written < 0 {
        fail(b"Can not write the state", written)
    }
    if let Some((name, _)) = plan.find(b"input") {
        let made = call(number::MKNODAT, [HERE, address(name), 0o010600, 0]);
        if made < 0 {
            fail(b"Can not make the pipe for input", made)
        }
    }
    let (out, err) = (pipe(), pipe());
    let writing = [out.1, err.1];
    let own = call(more::GETPID, []);
    // Held open before the guest opens it, or that would wait for somebody who writes.
    let input = plan.find(b"input").map_or(-1, |(name, _)| open(name, READ_WRITE));
    let keep = || {
        let pid = fork();
        if pid == 0 {
            close(writing[0]);
            close(writing[1]);
            close(state);
            if input >= 0 {
                close(input as usize);
            }
            let nothing = call(number::OPENAT, [HERE, address(b"/dev/null\0"), READ_WRITE, 0]) as usize;
            for file in 0..3 {
                call(more::DUP3, [nothing, file, 0]);
            }
            close(nothing);
            keep_output(plan, [out.0, err.0], own)
        }
        pid
    };
    // Refused for a group of version 1.
    let mut guest = plan.find(b"group").map_or(-2, |(folder, _)| fork_into(folder));
    let is_born_in_group = guest >= 0;
    if !is_born_in_group {
        guest = fork();
    }
    if guest == 0 {
        become_guest(plan, writing, is_born_in_group)
    }
    if guest < 0 {
        fail(b"Can not make a process", guest)
    }
    // From here on somebody tells of the guest's end, whoever else is killed.
    let keeper = keep();
    let (boot, started_at) = plan.find(b"boot").unwrap_or((b"", b""));
    let mut started = Line::new();
    started.add(b" ").add(boot).add(b" ").add(started_at).add(b" ").digits(guest as usize).add(b" ");
    start_time(guest as usize, &mut started);
    started.add(b" ").digits(own as usize).add(b" ");
    start_time(own as usize, &mut started);
    let line = |kind: &[u8]| {
        let mut line = Line::new();
        line.add(kind).add(&started.bytes[..started.length]);
        line
    };
    write_state(state, &mut line(b"running"));
    line(b"ok:").print(1);
    let nothing = call(number::OPENAT, [HERE, address(b"/dev/null\0"), READ_WRITE, 0]) as usize;
    for file in 0..3 {
        call(more::DUP3, [nothing, file, 0]);
    }
    close(nothing);
    let (status, keeper) = wait_for(plan, guest, input, keeper, keep);
    close(writing[0]);
    close(writing[1]);
    let mut ignored = 0;
    while wait(keeper, &mut ignored, 0) == -4 {}
    let mut code = line(b"exited");
    code.add(b" ");
    code.digits(if status & 0x7f != 0 { 128 + (status & 0x7f) as usize } else { (status >> 8 & 0xff) as usize });
    code.add(b" ").digits(oom_kills(plan));
    plan.each(b"group", |folder, _| {
        call(number::UNLINKAT, [HERE, address(folder), 0x200]);
    });
    write_state(state, &mut code);
    if let Some((path, _)) = plan.find(b"exits") {
        tell_exit(path);
    }
    exit(0)
}

/// How many of the guest's processes the kernel has killed for memory.
fn oom_kills(plan: &Plan) -> usize {
    let Some((path, _)) = plan.find(b"oom-counter") else { return 0 };
    let file = open(path, READ);
    if file < 0 {
        return 0;
    }
    let mut content = [0u8; 1024];
    let count = call(number::READ, [file as usize, content.as_mut_ptr() as usize, content.len()]).max(0) as usize;
    close(file as usize);
    let mut kills = 0;
    for line in content[..count].split(|byte| *byte == b'\n') {
        if line.len() > 9 && &line[..9] == b"oom_kill " {
            kills = number_of(&line[9..]);
        }
    }
    kills
}
