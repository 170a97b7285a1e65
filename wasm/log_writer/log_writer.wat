;; Writes one output stream of a container into its log file, in the CRI's format:
;;
;;   2026-01-31T12:34:56.123456789Z stdout F the line
;;
;; A WASI preview 1 command. It reads its standard input until the end and is run as
;;   wasmtime run --dir LOGS::/ log_writer.wasm FILE STREAM LIMIT [FIRST]
;; FILE is the log's name in LOGS, STREAM is `stdout` or `stderr`, LIMIT the size in bytes at which FILE is renamed to FILE.1
;; (replacing the one before), so that a log never takes more than twice the limit. FIRST names a file whose bytes come before
;; the standard input; it is removed.
;;
;; Why a guest and not a program of the system: it needs times with a fraction, bounded memory whatever the workload prints
;; (no newline for gigabytes, NUL bytes), whole lines per write, and rotation while the agent is away; nothing that every
;; system has does that, and the engine is there anyway.
;;
;; A line of more than 16 KiB is cut into parts (P … P F), as other CRI runtimes do. When the disk refuses (full, read-only),
;; output is dropped rather than holding the workload up, and a line says so once writing works again.
(module
  (import "wasi_snapshot_preview1" "fd_read" (func $fd_read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_close" (func $fd_close (param i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_filestat_get" (func $fd_filestat_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "path_open" (func $path_open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "path_rename" (func $path_rename (param i32 i32 i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "path_unlink_file" (func $path_unlink_file (param i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "clock_time_get" (func $clock_time_get (param i32 i64 i32) (result i32)))
  (import "wasi_snapshot_preview1" "args_sizes_get" (func $args_sizes_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "args_get" (func $args_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))

  ;; Memory: 0 iovec · 8 result · 16 clock · 64 file status · 256 pointers to arguments · 512 arguments · 4096 texts
  ;;         8192 input (32 KiB) · 65536 output (64 KiB and room for one more part)
  (memory (export "memory") 4)
  (data (i32.const 4096) "[wherry: output was lost here, the disk refused it]")
  (global $IN i32 (i32.const 8192))
  (global $IN_SIZE i32 (i32.const 32768))
  (global $PART i32 (i32.const 16384))
  (global $OUT i32 (i32.const 65536))
  (global $OUT_FULL i32 (i32.const 65536))

  (global $file (mut i32) (i32.const -1)) ;; the open log file
  (global $size (mut i64) (i64.const 0))  ;; its size
  (global $limit (mut i64) (i64.const 0))
  (global $held (mut i32) (i32.const 0))  ;; bytes at $IN that are no whole line yet
  (global $out (mut i32) (i32.const 0))   ;; bytes at $OUT to be written
  (global $now (mut i64) (i64.const 0))   ;; the time of the next entry, in ns
  (global $lost (mut i32) (i32.const 0))  ;; 1 after a write failed; a torn line may stand at the file's end

  (func $arg (param $n i32) (result i32)
    (i32.load (i32.add (i32.const 256) (i32.shl (local.get $n) (i32.const 2)))))
  (func $length (param $text i32) (result i32) (local $end i32)
    (local.set $end (local.get $text))
    (block $done (loop $next
      (br_if $done (i32.eqz (i32.load8_u (local.get $end))))
      (local.set $end (i32.add (local.get $end) (i32.const 1)))
      (br $next)))
    (i32.sub (local.get $end) (local.get $text)))
  (func $number (param $text i32) (result i64) (local $value i64)
    (block $done (loop $next
      (br_if $done (i32.eqz (i32.load8_u (local.get $text))))
      (local.set $value (i64.add (i64.mul (local.get $value) (i64.const 10))
        (i64.extend_i32_u (i32.sub (i32.load8_u (local.get $text)) (i32.const 48)))))
      (local.set $text (i32.add (local.get $text) (i32.const 1)))
      (br $next)))
    (local.get $value))

  ;; Opens FILE for appending and learns its size. Leaves $file at -1 when that fails.
  (func $open
    (if (call $path_open (i32.const 3) (i32.const 0) (call $arg (i32.const 1)) (call $length (call $arg (i32.const 1)))
          (i32.const 1) (i64.const 0x200040) (i64.const 0) (i32.const 1) (i32.const 8))
      (then (global.set $file (i32.const -1)) (return)))
    (global.set $file (i32.load (i32.const 8)))
    (global.set $size (i64.const 0))
    (if (i32.eqz (call $fd_filestat_get (global.get $file) (i32.const 64)))
      (then (global.set $size (i64.load (i32.const 96))))))
  ;; FILE becomes FILE.1, and a new FILE is opened. The name with ".1" is made behind the arguments, at 3072.
  (func $rotate (local $length i32)
    (drop (call $fd_close (global.get $file)))
    (local.set $length (call $length (call $arg (i32.const 1))))
    (memory.copy (i32.const 3072) (call $arg (i32.const 1)) (local.get $length))
    (i32.store16 (i32.add (i32.const 3072) (local.get $length)) (i32.const 0x312e))
    (drop (call $path_rename (i32.const 3) (call $arg (i32.const 1)) (local.get $length)
      (i32.const 3) (i32.const 3072) (i32.add (local.get $length) (i32.const 2))))
    (call $open))

  ;; Writes what stands at $OUT; drops it when the disk refuses.
  (func $flush (local $from i32)
    (if (i32.eqz (global.get $out)) (then (return)))
    (if (i32.and (i32.ne (global.get $file) (i32.const -1)) (i64.ge_u (global.get $size) (global.get $limit)))
      (then (call $rotate)))
    (if (i32.eq (global.get $file) (i32.const -1)) (then (call $open)))
    (block $done
      (loop $more
        (br_if $done (i32.eq (local.get $from) (global.get $out)))
        (i32.store (i32.const 0) (i32.add (global.get $OUT) (local.get $from)))
        (i32.store (i32.const 4) (i32.sub (global.get $out) (local.get $from)))
        (i32.store (i32.const 8) (i32.const 0))
        (if (call $fd_write (global.get $file) (i32.const 0) (i32.const 1) (i32.const 8))
          (then (global.set $lost (i32.const 1)) (br $done)))
        (if (i32.eqz (i32.load (i32.const 8)))
          (then (global.set $lost (i32.const 1)) (br $done)))
        (local.set $from (i32.add (local.get $from) (i32.load (i32.const 8))))
        (global.set $size (i64.add (global.get $size) (i64.load32_u (i32.const 8))))
        (br $more)))
    (global.set $out (i32.const 0)))

  (func $byte (param $value i32)
    (i32.store8 (i32.add (global.get $OUT) (global.get $out)) (local.get $value))
    (global.set $out (i32.add (global.get $out) (i32.const 1))))
  (func $bytes (param $from i32) (param $length i32)
    (memory.copy (i32.add (global.get $OUT) (global.get $out)) (local.get $from) (local.get $length))
    (global.set $out (i32.add (global.get $out) (local.get $length))))
  ;; `value` with `digits` digits.
  (func $digits (param $value i64) (param $digits i32) (local $at i32)
    (local.set $at (i32.add (i32.add (global.get $OUT) (global.get $out)) (local.get $digits)))
    (global.set $out (i32.add (global.get $out) (local.get $digits)))
    (loop $next
      (local.set $at (i32.sub (local.get $at) (i32.const 1)))
      (i32.store8 (local.get $at) (i32.wrap_i64 (i64.add (i64.const 48) (i64.rem_u (local.get $value) (i64.const 10)))))
      (local.set $value (i64.div_u (local.get $value) (i64.const 10)))
      (local.set $digits (i32.sub (local.get $digits) (i32.const 1)))
      (br_if $next (local.get $digits))))
  ;; $now as RFC 3339. The date is reckoned in years that begin in March, counted from 0000-03-01 (719,468 days before 1970).
  (func $time (local $seconds i64) (local $days i64) (local $century i64) (local $year i64) (local $month i64)
    (local.set $seconds (i64.div_u (global.get $now) (i64.const 1000000000)))
    (local.set $days (i64.add (i64.div_u (local.get $seconds) (i64.const 86400)) (i64.const 719468)))
    ;; centuries of 36,524.25 days, then years of 365.25 days, then months of 30.6 days
    (local.set $century (i64.div_u (i64.add (i64.mul (local.get $days) (i64.const 4)) (i64.const 3)) (i64.const 146097)))
    (local.set $days (i64.sub (local.get $days) (i64.div_u (i64.mul (local.get $century) (i64.const 146097)) (i64.const 4))))
    (local.set $year (i64.div_u (i64.add (i64.mul (local.get $days) (i64.const 4)) (i64.const 3)) (i64.const 1461)))
    (local.set $days (i64.sub (local.get $days) (i64.div_u (i64.mul (local.get $year) (i64.const 1461)) (i64.const 4))))
    (local.set $month (i64.div_u (i64.add (i64.mul (local.get $days) (i64.const 5)) (i64.const 2)) (i64.const 153)))
    (local.set $days (i64.sub (local.get $days)
      (i64.div_u (i64.add (i64.mul (local.get $month) (i64.const 153)) (i64.const 2)) (i64.const 5))))
    (local.set $year (i64.add (local.get $year) (i64.mul (local.get $century) (i64.const 100))))
    (if (i64.ge_u (local.get $month) (i64.const 10)) ;; January and February belong to the next year
      (then
        (local.set $year (i64.add (local.get $year) (i64.const 1)))
        (local.set $month (i64.sub (local.get $month) (i64.const 12)))))
    (call $digits (local.get $year) (i32.const 4)) (call $byte (i32.const 0x2d))
    (call $digits (i64.add (local.get $month) (i64.const 3)) (i32.const 2)) (call $byte (i32.const 0x2d))
    (call $digits (i64.add (local.get $days) (i64.const 1)) (i32.const 2)) (call $byte (i32.const 0x54))
    (call $digits (i64.div_u (i64.rem_u (local.get $seconds) (i64.const 86400)) (i64.const 3600)) (i32.const 2))
    (call $byte (i32.const 0x3a))
    (call $digits (i64.div_u (i64.rem_u (local.get $seconds) (i64.const 3600)) (i64.const 60)) (i32.const 2))
    (call $byte (i32.const 0x3a))
    (call $digits (i64.rem_u (local.get $seconds) (i64.const 60)) (i32.const 2)) (call $byte (i32.const 0x2e))
    (call $digits (i64.rem_u (global.get $now) (i64.const 1000000000)) (i32.const 9)) (call $byte (i32.const 0x5a)))

  ;; One entry: a line, or a part of one (`tag` is F or P). Entries of one read are a nanosecond apart, which keeps their order.
  (func $entry (param $from i32) (param $length i32) (param $tag i32)
    (if (global.get $lost)
      (then
        (global.set $lost (i32.const 0))
        (call $byte (i32.const 10)) ;; ends what the failed write may have left torn
        (call $entry (i32.const 4096) (i32.const 51) (i32.const 0x46))))
    (call $time)
    (global.set $now (i64.add (global.get $now) (i64.const 1)))
    (call $byte (i32.const 32))
    (call $bytes (call $arg (i32.const 2)) (call $length (call $arg (i32.const 2))))
    (call $byte (i32.const 32)) (call $byte (local.get $tag)) (call $byte (i32.const 32))
    (call $bytes (local.get $from) (local.get $length))
    (call $byte (i32.const 10))
    (if (i32.ge_u (global.get $out) (global.get $OUT_FULL)) (then (call $flush))))

  ;; Takes `fresh` new bytes behind the held ones: writes the whole lines and holds the rest.
  (func $take (param $fresh i32) (local $at i32) (local $start i32) (local $end i32)
    (drop (call $clock_time_get (i32.const 0) (i64.const 1) (i32.const 16)))
    ;; The clock may have been set back, or not have moved since the entries of the last read.
    (if (i64.gt_u (i64.load (i32.const 16)) (global.get $now)) (then (global.set $now (i64.load (i32.const 16))))
      (else (if (i64.gt_u (i64.sub (global.get $now) (i64.load (i32.const 16))) (i64.const 1000000000))
        (then (global.set $now (i64.load (i32.const 16)))))))
    (local.set $start (global.get $IN))
    (local.set $at (i32.add (global.get $IN) (global.get $held)))
    (local.set $end (i32.add (local.get $at) (local.get $fresh)))
    (block $done (loop $next
      (br_if $done (i32.eq (local.get $at) (local.get $end)))
      (if (i32.eq (i32.load8_u (local.get $at)) (i32.const 10))
        (then
          (call $entry (local.get $start) (i32.sub (local.get $at) (local.get $start)) (i32.const 0x46))
          (local.set $start (i32.add (local.get $at) (i32.const 1))))
        (else (if (i32.eq (i32.sub (local.get $at) (local.get $start)) (global.get $PART))
          (then
            (call $entry (local.get $start) (global.get $PART) (i32.const 0x50))
            (local.set $start (local.get $at))))))
      (local.set $at (i32.add (local.get $at) (i32.const 1)))
      (br $next)))
    (global.set $held (i32.sub (local.get $end) (local.get $start)))
    (memory.copy (global.get $IN) (local.get $start) (global.get $held))
    (call $flush))

  ;; Reads `fd` to its end.
  (func $drain (param $fd i32)
    (block $done (loop $next
      (i32.store (i32.const 0) (i32.add (global.get $IN) (global.get $held)))
      (i32.store (i32.const 4) (i32.sub (global.get $IN_SIZE) (global.get $held)))
      (br_if $done (call $fd_read (local.get $fd) (i32.const 0) (i32.const 1) (i32.const 8)))
      (br_if $done (i32.eqz (i32.load (i32.const 8))))
      (call $take (i32.load (i32.const 8)))
      (br $next))))

  (func (export "_start") (local $count i32)
    (drop (call $args_sizes_get (i32.const 0) (i32.const 4)))
    (local.set $count (i32.load (i32.const 0)))
    (if (i32.or (i32.or (i32.lt_u (local.get $count) (i32.const 4)) (i32.gt_u (local.get $count) (i32.const 64)))
          (i32.gt_u (i32.load (i32.const 4)) (i32.const 2048)))
      (then (call $proc_exit (i32.const 2))))
    (drop (call $args_get (i32.const 256) (i32.const 512)))
    (global.set $limit (call $number (call $arg (i32.const 3))))
    (if (i32.gt_u (local.get $count) (i32.const 4))
      (then
        (if (i32.eqz (call $path_open (i32.const 3) (i32.const 0) (call $arg (i32.const 4)) (call $length (call $arg (i32.const 4)))
              (i32.const 0) (i64.const 2) (i64.const 0) (i32.const 0) (i32.const 8)))
          (then
            (local.set $count (i32.load (i32.const 8)))
            (call $drain (local.get $count))
            (drop (call $fd_close (local.get $count)))
            (drop (call $path_unlink_file (i32.const 3) (call $arg (i32.const 4)) (call $length (call $arg (i32.const 4)))))))))
    (call $drain (i32.const 0))
    (if (global.get $held) ;; the last line had no newline
      (then
        (call $entry (global.get $IN) (global.get $held) (i32.const 0x46))
        (call $flush)))))
