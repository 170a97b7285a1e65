;; Prints its input as it comes, and "over" when it has ended. A test guest.
(module
  (import "wasi_snapshot_preview1" "fd_read" (func $fd_read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 64) "over\n")
  ;; 0: where the bytes are, 4: how many; 16: how many were read or written; 1024: the bytes
  (func $print (param $at i32) (param $length i32)
    (loop $more
      (i32.store (i32.const 0) (local.get $at))
      (i32.store (i32.const 4) (local.get $length))
      (if (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 16))
        (then unreachable))
      (local.set $at (i32.add (local.get $at) (i32.load (i32.const 16))))
      (local.set $length (i32.sub (local.get $length) (i32.load (i32.const 16))))
      (br_if $more (local.get $length))))
  (func (export "_start")
    (loop $next
      (i32.store (i32.const 0) (i32.const 1024))
      (i32.store (i32.const 4) (i32.const 32768))
      (if (call $fd_read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 16))
        (then unreachable))
      (if (i32.load (i32.const 16))
        (then
          (call $print (i32.const 1024) (i32.load (i32.const 16)))
          (br $next))))
    (call $print (i32.const 64) (i32.const 5))))
