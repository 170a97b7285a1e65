//! The kernel without a library: system calls, the way in and the way out.

use core::arch::{asm, global_asm};

#[cfg(target_arch = "x86_64")]
#[allow(dead_code)]
pub mod number {
    pub const READ: usize = 0;
    pub const WRITE: usize = 1;
    pub const GETPID: usize = 39;
    pub const CLOSE: usize = 3;
    pub const LSEEK: usize = 8;
    pub const MMAP: usize = 9;
    pub const EXECVE: usize = 59;
    pub const EXIT: usize = 60;
    pub const CHDIR: usize = 80;
    pub const SETGROUPS: usize = 116;
    pub const SETRESUID: usize = 117;
    pub const SETRESGID: usize = 119;
    pub const CAPSET: usize = 126;
    pub const FSTATFS: usize = 138;
    pub const PIVOT_ROOT: usize = 155;
    pub const PRCTL: usize = 157;
    pub const MOUNT: usize = 165;
    pub const UMOUNT2: usize = 166;
    pub const CLOCK_GETTIME: usize = 228;
    pub const OPENAT: usize = 257;
    pub const MKDIRAT: usize = 258;
    pub const MKNODAT: usize = 259;
    pub const UNLINKAT: usize = 263;
    pub const SYMLINKAT: usize = 266;
    pub const UNSHARE: usize = 272;
    pub const SETNS: usize = 308;
    pub const RENAMEAT2: usize = 316;
    pub const GETUID: usize = 102;
    pub const GETGID: usize = 104;
    pub const CLOSE_RANGE: usize = 436;
    pub const OPENAT2: usize = 437;
    pub const MOUNT_SETATTR: usize = 442;
}
#[cfg(target_arch = "aarch64")]
#[allow(dead_code)]
pub mod number {
    pub const MKNODAT: usize = 33;
    pub const MKDIRAT: usize = 34;
    pub const UNLINKAT: usize = 35;
    pub const SYMLINKAT: usize = 36;
    pub const UMOUNT2: usize = 39;
    pub const MOUNT: usize = 40;
    pub const PIVOT_ROOT: usize = 41;
    pub const FSTATFS: usize = 44;
    pub const CHDIR: usize = 49;
    pub const OPENAT: usize = 56;
    pub const CLOSE: usize = 57;
    pub const LSEEK: usize = 62;
    pub const READ: usize = 63;
    pub const WRITE: usize = 64;
    pub const CAPSET: usize = 91;
    pub const EXIT: usize = 93;
    pub const UNSHARE: usize = 97;
    pub const CLOCK_GETTIME: usize = 113;
    pub const SETRESUID: usize = 147;
    pub const SETRESGID: usize = 149;
    pub const SETGROUPS: usize = 159;
    pub const PRCTL: usize = 167;
    pub const GETPID: usize = 172;
    pub const GETUID: usize = 174;
    pub const GETGID: usize = 176;
    pub const EXECVE: usize = 221;
    pub const MMAP: usize = 222;
    pub const SETNS: usize = 268;
    pub const RENAMEAT2: usize = 276;
    pub const CLOSE_RANGE: usize = 436;
    pub const OPENAT2: usize = 437;
    pub const MOUNT_SETATTR: usize = 442;
}

/// A system call; the answer is negative when it failed: minus the error's number.
pub fn call<const N: usize>(number: usize, arguments: [usize; N]) -> isize {
    let mut a = [0; 6];
    a[..N].copy_from_slice(&arguments);
    let result: isize;
    #[cfg(target_arch = "x86_64")]
    unsafe {
        asm!("syscall", inlateout("rax") number as isize => result, in("rdi") a[0], in("rsi") a[1], in("rdx") a[2], in("r10") a[3],
            in("r8") a[4], in("r9") a[5], lateout("rcx") _, lateout("r11") _);
    }
    #[cfg(target_arch = "aarch64")]
    unsafe {
        asm!("svc 0", in("x8") number, inlateout("x0") a[0] as isize => result, in("x1") a[1], in("x2") a[2], in("x3") a[3],
            in("x4") a[4], in("x5") a[5]);
    }
    result
}

// The kernel leaves the count of arguments and their pointers on the stack.
#[cfg(target_arch = "x86_64")]
global_asm!(".globl _start", "_start:", "mov rdi, rsp", "and rsp, -16", "call main");
#[cfg(target_arch = "aarch64")]
global_asm!(".globl _start", "_start:", "mov x0, sp", "bl main");

#[panic_handler]
fn panic(_: &core::panic::PanicInfo) -> ! {
    exit(3)
}

/// Ends the program.
pub fn exit(code: usize) -> ! {
    loop {
        call(number::EXIT, [code, 0, 0, 0, 0, 0]);
    }
}

/// The bytes of a text that ends with NUL.
pub fn text(from: *const u8) -> &'static [u8] {
    let mut length = 0;
    unsafe {
        while *from.add(length) != 0 {
            length += 1;
        }
        core::slice::from_raw_parts(from, length)
    }
}
