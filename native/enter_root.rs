//! Runs a guest's process in a root folder of its own, as its own user, with nothing of the machine but what a table names.
//!
//! It is run as `enter_root TABLE FOLDER NETNS USER GROUP GROUPS PLACE PROGRAM ARGUMENT…`, with the process' environment as file 5 (see
//! `agent/runtime/process/launcher.ts`):
//!
//! - TABLE is a file of texts that end with NUL, three each: what, from, to (a path in the new root)
//!   - `folder`, ``, to: makes a folder with those above it
//!   - `file`, ``, to: makes an empty file
//!   - `link`, target, to: makes a symbolic link
//!   - `bind`, from, to: shows the machine's `from`; `read`: the same, read-only; `code`: read-only, and may be executed
//! - FOLDER is an empty folder of the machine; the root is made there in memory, and seen by nobody else
//! - NETNS is a network namespace's file, or `-`
//! - USER, GROUP and GROUPS (numbers with commas, or empty) are whom the guest runs as; USER `-`: as who we are, in a user namespace,
//!   for we may not mount otherwise
//! - PLACE is the folder in the new root where the process begins; PROGRAM is there as well
//!
//! What is left to the guest: the open files 0, 1 and 2, no capability, no way to get one, and of the system calls what `system_calls.rs` leaves. There is no /proc and no /dev.
//! When it cannot be done, the reason is printed and the exit status is 126.
//!
//! Why a program of our own: unshare, mount, umount, setpriv and a shell cost 6 ms a start, and could not be found in the new root.
#![no_std]
#![no_main]

mod system;
mod system_calls;
use system::{call, exit, number, text};

const TABLE_SIZE: usize = 1024 * 1024;
const HERE: usize = -100isize as usize;

const READ_ONLY: usize = 0o2000000;
const READ_WRITE: usize = 0o2000002;
const ORDINARY_FILE: usize = 0o100000;
const PATH_ONLY: usize = 0o12000000;
#[cfg(target_arch = "x86_64")]
const NO_LINK: usize = 0o400000;
#[cfg(target_arch = "aarch64")]
const NO_LINK: usize = 0o100000;
const RESOLVE_IN_ROOT: u64 = 0x10;
/// What a kernel answers to a call that it does not know.
const NOT_THERE: isize = -38;
const NOT_ALLOWED: isize = -1;
const THERE_ALREADY: isize = -17;

const NEW_NAMESPACE: usize = 0x0002_0000;
const NEW_USER: usize = 0x1000_0000;
const NEW_NETWORK: usize = 0x4000_0000;

const EMPTY_PATH: usize = 0x1000;
const RECURSIVE: usize = 0x8000;

const MS_RDONLY: usize = 1;
const MS_NOSUID: usize = 2;
const MS_NODEV: usize = 4;
const MS_NOEXEC: usize = 8;
const MS_REMOUNT: usize = 32;
const MS_BIND: usize = 4096;
const MS_REC: usize = 16384;
const MS_PRIVATE: usize = 1 << 18;
const MS_RELATIME: usize = 1 << 21;
/// Flags whose number is the same in what the kernel tells of a mount.
const SAME_FLAGS: usize = MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC | 1024 | 2048;
const TOLD_RELATIME: usize = 4096;

const ENVIRONMENT_FILE: usize = 5;
const ENVIRONMENT_AT: usize = 0x1000_0000;
const ENVIRONMENT_SIZE: usize = 4 << 20;

static mut TABLE: [u8; TABLE_SIZE] = [0; TABLE_SIZE];
static mut MESSAGE: [u8; 6000] = [0; 6000];

/// Prints `Can not <what> "<name>": error <number>` and ends.
fn fail(what: &str, name: &[u8], error: isize) -> ! {
    let message = unsafe { &mut *core::ptr::addr_of_mut!(MESSAGE) };
    let mut length = 0;
    let mut add = |bytes: &[u8]| {
        for byte in bytes {
            if *byte != 0 && length < message.len() {
                message[length] = *byte;
                length += 1;
            }
        }
    };
    add(b"Can not ");
    add(what.as_bytes());
    add(b" \"");
    add(&name[..name.len().min(4096)]);
    add(b"\": ");
    match -error {
        1 => add(b"not permitted"),
        2 => add(b"there is no such file"),
        12 => add(b"no memory"),
        13 => add(b"permission denied"),
        20 => add(b"not a folder"),
        28 => add(b"no space"),
        40 => add(b"too many links"),
        other => {
            add(b"error ");
            add(&[b'0' + (other / 100 % 10) as u8, b'0' + (other / 10 % 10) as u8, b'0' + (other % 10) as u8]);
        }
    }
    add(b"\n");
    call(number::WRITE, [2, message.as_ptr() as usize, length]);
    exit(126)
}

/// The result of a call that must not fail.
fn must(what: &str, name: &[u8], result: isize) -> usize {
    if result < 0 {
        fail(what, name, result)
    }
    result as usize
}

fn address(text: &[u8]) -> usize {
    text.as_ptr() as usize
}

fn close(file: usize) {
    call(number::CLOSE, [file]);
}

/// Writes a number twice between blanks, as maps of users want it: inside, outside, how many.
fn write_map(path: &'static [u8], value: usize) {
    let mut line = [b' '; 64];
    let mut at = 0;
    for _ in 0..2 {
        let mut digits = 1;
        let mut rest = value;
        while rest >= 10 {
            rest /= 10;
            digits += 1;
        }
        rest = value;
        for place in (0..digits).rev() {
            line[at + place] = b'0' + (rest % 10) as u8;
            rest /= 10;
        }
        at += digits + 1;
    }
    line[at] = b'1';
    write_file(path, &line[..at + 1]);
}

fn write_file(path: &'static [u8], content: &[u8]) {
    let file = must("open", path, call(number::OPENAT, [HERE, address(path), READ_WRITE]));
    must("write", path, call(number::WRITE, [file, address(content), content.len()]));
    close(file);
}

fn number_of(digits: &[u8]) -> usize {
    digits.iter().fold(0, |value, digit| value * 10 + (*digit - b'0') as usize)
}

/// What a path leads to in the new root, whose folder is ours now; links lead nowhere else. A NUL is behind the path.
fn in_root(path: &[u8]) -> isize {
    let how: [u64; 3] = [PATH_ONLY as u64, 0, RESOLVE_IN_ROOT];
    match call(number::OPENAT2, [HERE, address(path), how.as_ptr() as usize, 24]) {
        NOT_THERE => walk(path),
        found => found,
    }
}

/// The same for kernels before 5.6: name by name, and links lead nowhere at all.
fn walk(path: &[u8]) -> isize {
    let mut place = call(number::OPENAT, [HERE, address(b".\0"), PATH_ONLY]);
    for part in path.split(|byte| *byte == b'/') {
        let mut name = [0u8; 256];
        if place < 0 || part.len() > 255 {
            return if place < 0 { place } else { -36 };
        }
        name[..part.len()].copy_from_slice(part);
        let next = call(number::OPENAT, [place as usize, address(&name), PATH_ONLY | NO_LINK]);
        close(place as usize);
        place = next;
    }
    place
}

/// Makes a folder or an empty file in the new root. A link of a volume on the way there was put by a guest: it leads to nowhere outside, and the last name
/// is not followed. `path` begins with a slash.
fn make(path: &[u8], is_folder: bool) -> isize {
    let mut name = [0u8; 4097];
    if path.len() > 4095 {
        fail("make", path, -36)
    }
    name[..path.len()].copy_from_slice(path);
    let last = path.iter().rposition(|byte| *byte == b'/').unwrap_or(0);
    name[last] = 0;
    let above = if last == 0 { call(number::OPENAT, [HERE, address(b".\0"), PATH_ONLY]) } else { in_root(&name[1..last]) };
    if above < 0 {
        return above;
    }
    let made = if is_folder {
        call(number::MKDIRAT, [above as usize, address(&name[last + 1..]), 0o755])
    } else {
        // It is not opened: what is there may be a device or a pipe.
        call(number::MKNODAT, [above as usize, address(&name[last + 1..]), ORDINARY_FILE | 0o644, 0])
    };
    close(above as usize);
    made
}

/// A folder and those above it.
fn make_folders(path: &[u8]) {
    for end in 1..=path.len() {
        if end == path.len() || path[end] == b'/' {
            // A folder that is there, also one that another mount brought, is as good. What is missing in the end is told by the mount.
            make(&path[..end], true);
        }
    }
}

/// The file descriptor's path, in `/proc` of the machine, which is still there.
fn descriptor_path(file: usize, into: &mut [u8; 32]) {
    let prefix = b"/proc/self/fd/";
    into[..prefix.len()].copy_from_slice(prefix);
    let digits = [b'0' + (file / 100 % 10) as u8, b'0' + (file / 10 % 10) as u8, b'0' + (file % 10) as u8];
    let skip = if file >= 100 { 0 } else if file >= 10 { 1 } else { 2 };
    into[prefix.len()..prefix.len() + 3 - skip].copy_from_slice(&digits[skip..]);
    into[prefix.len() + 3 - skip] = 0;
}

fn bind(from: &'static [u8], to: &'static [u8], wanted: usize) {
    let place = must("find the place of the mount", to, in_root(&to[1..]));
    let mut path = [0u8; 32];
    descriptor_path(place, &mut path);
    let flags = MS_BIND | MS_REC;
    must("mount", from, call(number::MOUNT, [address(from), address(&path), 0, flags, 0]));
    close(place);
    // The same name leads to what is mounted there now.
    let mounted = must("find the mount", to, in_root(&to[1..]));
    let mut status = [0u64; 32];
    must("look at the mount", to, call(number::FSTATFS, [mounted, status.as_mut_ptr() as usize]));
    let told = status[10] as usize;
    let mut flags = told & SAME_FLAGS | wanted | MS_NOSUID | MS_NODEV | MS_REMOUNT | MS_BIND;
    if told & TOLD_RELATIME != 0 {
        flags |= MS_RELATIME;
    }
    descriptor_path(mounted, &mut path);
    must("set the flags of the mount", to, call(number::MOUNT, [0, address(&path), 0, flags, 0]));
    // What the machine has mounted below it comes along: it has no devices for a guest either. Kernels before 5.12 know no way, and a container's filter
    // of system calls may know none: then the mount itself is bounded, as above.
    let below: [u64; 4] = [(wanted & MS_NOEXEC | MS_NOSUID | MS_NODEV) as u64, 0, 0, 0];
    let how = EMPTY_PATH | RECURSIVE;
    let result = call(number::MOUNT_SETATTR, [mounted, address(b"\0"), how, below.as_ptr() as usize, 32]);
    if result < 0 && result != NOT_THERE && result != NOT_ALLOWED {
        fail("set the flags below the mount", to, result)
    }
    close(mounted);
}

/// The next text of the table; `at` goes behind it.
fn next(at: &mut usize) -> &'static [u8] {
    let found = text(unsafe { (core::ptr::addr_of!(TABLE) as *const u8).add(*at) });
    *at += found.len() + 1;
    found
}

fn make_root(folder: &'static [u8], length: usize) {
    must("leave the machine's mounts", b"/\0", call(number::MOUNT, [0, address(b"/\0"), 0, MS_REC | MS_PRIVATE, 0]));
    let kind = b"tmpfs\0";
    let options = b"size=1m,mode=755\0";
    let flags = MS_NOSUID | MS_NODEV | MS_NOEXEC;
    must("make a root in", folder, call(number::MOUNT, [address(kind), address(folder), address(kind), flags, address(options)]));
    must("enter", folder, call(number::CHDIR, [address(folder)]));
    let mut at = 0;
    while at < length {
        let what = next(&mut at);
        let from = next(&mut at);
        let to = next(&mut at);
        match what {
            b"folder" => make_folders(to),
            b"file" => match make(to, false) {
                THERE_ALREADY => {}
                made => {
                    must("make the file", to, made);
                }
            },
            b"link" => {
                must("make the link", to, call(number::SYMLINKAT, [address(from), HERE, address(&to[1..])]));
            }
            b"bind" => bind(from, to, MS_NOEXEC),
            b"read" => bind(from, to, MS_NOEXEC | MS_RDONLY),
            b"code" => bind(from, to, MS_RDONLY),
            _ => fail("read the table at", what, -22),
        }
    }
    let here = b".\0";
    must("turn the root to", folder, call(number::PIVOT_ROOT, [address(here), address(here)]));
    must("let go of the machine's files under", folder, call(number::UMOUNT2, [address(here), 2]));
    must("enter the root", folder, call(number::CHDIR, [address(b"/\0")]));
    let flags = MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC;
    must("close the root", folder, call(number::MOUNT, [0, address(b"/\0"), 0, flags, 0]));
}

/// Becomes the user and gives up whatever more than a user may do.
fn become_user(user: &'static [u8], group: &'static [u8], groups: &'static [u8]) {
    for capability in 0..64 {
        if call(number::PRCTL, [24, capability]) < 0 {
            break;
        }
    }
    if user != b"-" {
        let mut list = [0u32; 1024];
        let mut count = 0;
        for number in groups.split(|byte| *byte == b',').filter(|digits| !digits.is_empty()) {
            if count < list.len() {
                list[count] = number_of(number) as u32;
                count += 1;
            }
        }
        must("set the groups", groups, call(number::SETGROUPS, [count, list.as_ptr() as usize]));
        let id = number_of(group);
        must("become group", group, call(number::SETRESGID, [id, id, id]));
        let id = number_of(user);
        must("become user", user, call(number::SETRESUID, [id, id, id]));
    }
    let header: [u32; 2] = [0x2008_0522, 0];
    let none = [0u32; 6];
    must("give up capabilities of", user, call(number::CAPSET, [header.as_ptr() as usize, none.as_ptr() as usize]));
    must("renounce privileges of", user, call(number::PRCTL, [38, 1, 0, 0, 0]));
}

fn read_table(path: &'static [u8]) -> usize {
    let file = must("open", path, call(number::OPENAT, [HERE, address(path), READ_ONLY]));
    let mut length = 0;
    loop {
        let at = core::ptr::addr_of_mut!(TABLE) as usize + length;
        let count = must("read", path, call(number::READ, [file, at, TABLE_SIZE - 3 - length]));
        if count == 0 {
            break;
        }
        length += count;
    }
    close(file);
    if length >= TABLE_SIZE - 3 {
        fail("read all of", path, -27)
    }
    length
}

#[no_mangle]
unsafe extern "C" fn main(stack: *const usize) -> ! {
    if *stack < 9 {
        exit(2);
    }
    let argument = |index: usize| text(*stack.add(1 + index) as *const u8);
    let length = read_table(argument(1));
    let (folder, network, user) = (argument(2), argument(3), argument(4));
    if network != b"-" {
        let file = must("open", network, call(number::OPENAT, [HERE, address(network), READ_ONLY]));
        must("enter the network", network, call(number::SETNS, [file, NEW_NETWORK]));
        close(file);
        // In a network of its own every port is the pod's own; the path means the network that we are in.
        let ports = b"/proc/sys/net/ipv4/ip_unprivileged_port_start\0";
        let file = call(number::OPENAT, [HERE, address(ports), READ_WRITE]);
        if file >= 0 {
            call(number::WRITE, [file as usize, address(b"0"), 1]);
            close(file as usize);
        }
    }
    if user == b"-" {
        let uid = call(number::GETUID, []) as usize;
        let gid = call(number::GETGID, []) as usize;
        must("make a user namespace for", folder, call(number::UNSHARE, [NEW_USER | NEW_NAMESPACE]));
        write_file(b"/proc/self/setgroups\0", b"deny");
        write_map(b"/proc/self/gid_map\0", gid);
        write_map(b"/proc/self/uid_map\0", uid);
    } else {
        must("have mounts apart for", folder, call(number::UNSHARE, [NEW_NAMESPACE]));
    }
    make_root(folder, length);
    become_user(user, argument(5), argument(6));
    must("begin in", argument(7), call(number::CHDIR, [address(argument(7))]));
    let flags = 0x12; // private, at this very place
    must("map the environment of", folder, call(number::MMAP, [ENVIRONMENT_AT, ENVIRONMENT_SIZE, 1, flags, ENVIRONMENT_FILE, 0]));
    if call(number::CLOSE_RANGE, [3, u32::MAX as usize, 0]) < 0 {
        for file in 3..1024 {
            close(file);
        }
    }
    let restricted = system_calls::restrict();
    // a kernel that knows no filters
    if restricted < 0 && restricted != -22 && restricted != NOT_THERE {
        fail("filter the system calls of", user, restricted)
    }
    let program = argument(8);
    let arguments = stack.add(9) as usize;
    let error = call(number::EXECVE, [address(program), arguments, ENVIRONMENT_AT]);
    fail("run", program, error)
}
