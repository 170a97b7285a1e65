//! Writes one output stream of a container into its log file, in the CRI's format:
//!
//!   2026-01-31T12:34:56.123456789Z stdout F the line
//!
//! It reads its standard input until the end and is run as `log_writer LOGS FILE STREAM LIMIT [FIRST]`: FILE is the log's name in
//! the folder LOGS, STREAM is `stdout` or `stderr`, LIMIT the size in bytes at which FILE is renamed to FILE.1 (replacing the one
//! before), so that a log never takes more than twice the limit. FIRST names a file whose bytes come before the standard input; it
//! is removed.
//!
//! Why a program of our own: it needs times with a fraction, bounded memory whatever the workload prints (no newline for
//! gigabytes, NUL bytes), whole lines per write, and rotation while the agent is away; nothing that every system has does that.
//! It has no library, allocates nothing and takes 0.1 MB.
//!
//! A line of more than 16 KiB is cut into parts (P … P F), as other CRI runtimes do. When the disk refuses (full, read-only),
//! output is dropped rather than holding the workload up, and a line says so once writing works again.
//!
//! `deno task native` compiles it into `agent/runtime/process/gen/log_writer.ts`.
#![no_std]
#![no_main]

mod system;
use system::{call, exit, number, text};

const PART: usize = 16 * 1024;
const IN_SIZE: usize = 32 * 1024;
const OUT_FULL: usize = 64 * 1024;
/// Where no more than `OUT_FULL` stands, one more entry fits: its part, the head of the line, and the words about lost output.
const OUT_SIZE: usize = OUT_FULL + PART + 1024;
const NAME_SIZE: usize = 1024;
const LOST: &[u8] = b"[wherry: output was lost here, the disk refused it]";
const INTERRUPTED: isize = -4;

const HERE: usize = -100isize as usize;
const WRITE_APPEND_CREATE_CLOEXEC: usize = 0o2002101;

/// Opens a file of the folder; negative when that fails.
fn open(name: *const u8, flags: usize) -> isize {
    call(number::OPENAT, [HERE, name as usize, flags, 0o644])
}

fn close(file: isize) {
    call(number::CLOSE, [file as usize]);
}

struct Writer {
    name: *const u8,
    stream: &'static [u8],
    limit: u64,
    /// The open log file; negative while there is none.
    file: isize,
    size: u64,
    /// The time of the next entry, in ns since 1970.
    now: u64,
    /// A write failed; a torn line may stand at the file's end.
    lost: bool,
    /// Bytes at the start of `input` that are no whole line yet.
    held: usize,
    /// Bytes in `output` that are to be written.
    out: usize,
    input: [u8; IN_SIZE],
    output: [u8; OUT_SIZE],
}

impl Writer {
    fn open(&mut self) {
        self.file = open(self.name, WRITE_APPEND_CREATE_CLOEXEC);
        if self.file >= 0 {
            let end = call(number::LSEEK, [self.file as usize, 0, 2]);
            self.size = if end > 0 { end as u64 } else { 0 };
        }
    }

    /// FILE becomes FILE.1, and a new FILE is opened.
    fn rotate(&mut self) {
        close(self.file);
        let mut older = [0u8; NAME_SIZE];
        let name = text(self.name);
        older[..name.len()].copy_from_slice(name);
        older[name.len()..name.len() + 2].copy_from_slice(b".1");
        call(number::RENAMEAT2, [HERE, self.name as usize, HERE, older.as_ptr() as usize, 0]);
        self.open();
    }

    /// Writes what stands in `output`; drops it when the disk refuses.
    fn flush(&mut self) {
        if self.out == 0 {
            return;
        }
        if self.file >= 0 && self.size >= self.limit {
            self.rotate();
        }
        if self.file < 0 {
            self.open();
        }
        let mut from = 0;
        while from < self.out {
            let at = self.output.as_ptr() as usize + from;
            let written = call(number::WRITE, [self.file as usize, at, self.out - from]);
            if written == INTERRUPTED {
                continue;
            }
            if written <= 0 {
                self.lost = true;
                break;
            }
            from += written as usize;
            self.size += written as u64;
        }
        self.out = 0;
    }

    fn byte(&mut self, value: u8) {
        self.output[self.out] = value;
        self.out += 1;
    }

    fn bytes(&mut self, from: &[u8]) {
        self.output[self.out..self.out + from.len()].copy_from_slice(from);
        self.out += from.len();
    }

    fn digits(&mut self, mut value: u64, count: usize, end: u8) {
        for place in (0..count).rev() {
            self.output[self.out + place] = b'0' + (value % 10) as u8;
            value /= 10;
        }
        self.out += count;
        self.byte(end);
    }

    /// `now` as RFC 3339. The date is reckoned in years that begin in March, counted from 0000-03-01, 719,468 days before 1970.
    fn time(&mut self) {
        let seconds = self.now / 1_000_000_000;
        let mut days = seconds / 86_400 + 719_468;
        // centuries of 36,524.25 days, then years of 365.25 days, then months of 30.6 days
        let century = (days * 4 + 3) / 146_097;
        days -= century * 146_097 / 4;
        let mut year = (days * 4 + 3) / 1_461;
        days -= year * 1_461 / 4;
        let month = (days * 5 + 2) / 153;
        days -= (month * 153 + 2) / 5;
        // January and February belong to the next year.
        let later = month >= 10;
        year += century * 100 + later as u64;
        self.digits(year, 4, b'-');
        self.digits(if later { month - 9 } else { month + 3 }, 2, b'-');
        self.digits(days + 1, 2, b'T');
        self.digits(seconds % 86_400 / 3_600, 2, b':');
        self.digits(seconds % 3_600 / 60, 2, b':');
        self.digits(seconds % 60, 2, b'.');
        self.digits(self.now % 1_000_000_000, 9, b'Z');
    }

    fn line(&mut self, content: &[u8], tag: u8) {
        self.time();
        // Entries of one read are a nanosecond apart, which keeps their order.
        self.now += 1;
        self.byte(b' ');
        self.bytes(self.stream);
        self.byte(b' ');
        self.byte(tag);
        self.byte(b' ');
        self.bytes(content);
        self.byte(b'\n');
    }

    /// One entry: a line, or a part of one (`tag` is F or P).
    fn entry(&mut self, from: usize, to: usize, tag: u8) {
        if self.lost {
            self.lost = false;
            // ends what the failed write may have left torn
            self.byte(b'\n');
            self.line(LOST, b'F');
        }
        let content = unsafe { core::slice::from_raw_parts(self.input.as_ptr().add(from), to - from) };
        self.line(content, tag);
        if self.out >= OUT_FULL {
            self.flush();
        }
    }

    /// Takes `fresh` new bytes behind the held ones: writes the whole lines and holds the rest.
    fn take(&mut self, fresh: usize) {
        let mut clock = [0u64; 2];
        call(number::CLOCK_GETTIME, [0, clock.as_mut_ptr() as usize]);
        let now = clock[0] * 1_000_000_000 + clock[1];
        // The clock may have been set back, or not have moved since the entries of the last read.
        if now > self.now || self.now - now > 1_000_000_000 {
            self.now = now;
        }
        let mut start = 0;
        let end = self.held + fresh;
        for at in self.held..end {
            if self.input[at] == b'\n' {
                self.entry(start, at, b'F');
                start = at + 1;
            } else if at - start == PART {
                self.entry(start, at, b'P');
                start = at;
            }
        }
        self.held = end - start;
        self.input.copy_within(start..end, 0);
        self.flush();
    }

    /// Reads a file to its end.
    fn drain(&mut self, file: isize) {
        loop {
            let at = self.input.as_mut_ptr() as usize + self.held;
            let count = call(number::READ, [file as usize, at, IN_SIZE - self.held]);
            if count == INTERRUPTED {
                continue;
            }
            if count <= 0 {
                return;
            }
            self.take(count as usize);
        }
    }
}

/// Not in the file: the system gives it as zeros.
static mut WRITER: core::mem::MaybeUninit<Writer> = core::mem::MaybeUninit::uninit();

#[no_mangle]
unsafe extern "C" fn main(stack: *const usize) -> ! {
    let count = *stack;
    let argument = |index: usize| *stack.add(1 + index) as *const u8;
    if count < 5 || text(argument(2)).len() + 3 > NAME_SIZE || text(argument(3)).len() > 16 {
        exit(2);
    }
    if call(number::CHDIR, [argument(1) as usize]) < 0 {
        exit(2);
    }
    let writer = &mut *(core::ptr::addr_of_mut!(WRITER) as *mut Writer);
    writer.file = -1;
    writer.name = argument(2);
    writer.stream = text(argument(3));
    for digit in text(argument(4)) {
        writer.limit = writer.limit * 10 + (*digit - b'0') as u64;
    }
    if count > 5 {
        let first = open(argument(5), 0);
        if first >= 0 {
            writer.drain(first);
            close(first);
            call(number::UNLINKAT, [HERE, argument(5) as usize, 0]);
        }
    }
    writer.drain(0);
    if writer.held > 0 {
        // the last line had no newline
        writer.entry(0, writer.held, b'F');
        writer.flush();
    }
    exit(0)
}
