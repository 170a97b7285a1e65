;; A WASI preview 1 command that does what its arguments say, in their order: the tests' workload.
;;
;;   print TEXT       a line on stdout                 error TEXT   a line on stderr
;;   put TEXT         TEXT on stdout without newline    exit N       ends with status N
;;   sleep MS         sleeps                           spin         never ends, one core busy
;;   args             prints its arguments, a line each    env      prints its environment, a line each
;;   read PATH        copies a file to stdout          write PATH TEXT   replaces a file; status 3 when that fails
;;   try PATH TEXT        the same, and says "written" or "refused"
;;   flood N          N lines of 99 bytes on stdout    lines N MS   N lines "line 1" …, each followed by MS milliseconds of sleep
;;   allocate MIB     takes and touches that much memory    trap    ends as a crashed guest does
;;
;; It ends with 0 after the last one, 2 for a word that it does not know, 3 when a file cannot be opened.
;;   wasmtime run exerciser.wat print hello sleep 100 exit 7
(module
  (import "wasi_snapshot_preview1" "fd_read" (func $fd_read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_close" (func $fd_close (param i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_prestat_get" (func $fd_prestat_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_prestat_dir_name" (func $fd_prestat_dir_name (param i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "path_open" (func $path_open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll_oneoff (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "args_sizes_get" (func $args_sizes_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "args_get" (func $args_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "environ_sizes_get" (func $environ_sizes_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "environ_get" (func $environ_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))

  ;; 0 iovec · 8 result · 32 poll's subscription (48 bytes) and event (32) · 256 words · 1024 a folder's name, a number's digits
  ;; 8192 file contents (8 KiB) · 16384 pointers · 32768 texts of arguments · 98304 texts of the environment · 4 pages in all
  (memory (export "memory") 4)
  (data (i32.const 256) "print\00error\00put\00exit\00sleep\00spin\00args\00env\00read\00write\00flood\00lines\00allocate\00trap\00try\00refused\00written\00")
  (data (i32.const 400) "0123456789 0123456789 0123456789 0123456789 0123456789 0123456789 0123456789 0123456789 0123456789\n\n")
  (data (i32.const 512) "line ")
  (global $FLOOD i32 (i32.const 400))
  (global $LINE i32 (i32.const 512))
  (global $argument (mut i32) (i32.const 0)) ;; index of the argument that is read next
  (global $count (mut i32) (i32.const 0))    ;; how many arguments there are

  (func $length (param $text i32) (result i32) (local $end i32)
    (local.set $end (local.get $text))
    (block $done (loop $next
      (br_if $done (i32.eqz (i32.load8_u (local.get $end))))
      (local.set $end (i32.add (local.get $end) (i32.const 1)))
      (br $next)))
    (i32.sub (local.get $end) (local.get $text)))
  (func $number (param $text i32) (result i32) (local $value i32)
    (block $done (loop $next
      (br_if $done (i32.eqz (i32.load8_u (local.get $text))))
      (local.set $value (i32.add (i32.mul (local.get $value) (i32.const 10))
        (i32.sub (i32.load8_u (local.get $text)) (i32.const 48))))
      (local.set $text (i32.add (local.get $text) (i32.const 1)))
      (br $next)))
    (local.get $value))
  (func $same (param $a i32) (param $b i32) (result i32)
    (loop $next
      (if (i32.ne (i32.load8_u (local.get $a)) (i32.load8_u (local.get $b))) (then (return (i32.const 0))))
      (if (i32.eqz (i32.load8_u (local.get $a))) (then (return (i32.const 1))))
      (local.set $a (i32.add (local.get $a) (i32.const 1)))
      (local.set $b (i32.add (local.get $b) (i32.const 1)))
      (br $next))
    (unreachable))
  ;; The next argument's address; ends with 2 when there is none.
  (func $next-argument (result i32)
    (if (i32.ge_u (global.get $argument) (global.get $count)) (then (call $proc_exit (i32.const 2))))
    (global.set $argument (i32.add (global.get $argument) (i32.const 1)))
    (i32.load (i32.add (i32.const 16380) (i32.shl (global.get $argument) (i32.const 2)))))
  (func $next-number (result i32) (call $number (call $next-argument)))

  (func $emit (param $fd i32) (param $from i32) (param $length i32)
    (block $done (loop $more
      (br_if $done (i32.eqz (local.get $length)))
      (i32.store (i32.const 0) (local.get $from))
      (i32.store (i32.const 4) (local.get $length))
      (if (call $fd_write (local.get $fd) (i32.const 0) (i32.const 1) (i32.const 8)) (then (call $proc_exit (i32.const 4))))
      (local.set $from (i32.add (local.get $from) (i32.load (i32.const 8))))
      (local.set $length (i32.sub (local.get $length) (i32.load (i32.const 8))))
      (br $more))))
  ;; A text and a newline in one write, so that a line arrives whole.
  (func $line (param $fd i32) (param $text i32) (local $length i32)
    (local.set $length (call $length (local.get $text)))
    (i32.store8 (i32.add (local.get $text) (local.get $length)) (i32.const 10))
    (call $emit (local.get $fd) (local.get $text) (i32.add (local.get $length) (i32.const 1)))
    (i32.store8 (i32.add (local.get $text) (local.get $length)) (i32.const 0)))
  (func $sleep (param $ms i32)
    (memory.fill (i32.const 32) (i32.const 0) (i32.const 48))
    (i32.store (i32.const 48) (i32.const 1)) ;; the monotonic clock
    (i64.store (i32.const 56) (i64.mul (i64.extend_i32_u (local.get $ms)) (i64.const 1000000)))
    (drop (call $poll_oneoff (i32.const 32) (i32.const 80) (i32.const 1) (i32.const 8))))

  ;; Opens an absolute path under the granted folder with the longest name that begins it; -1 when it cannot.
  (func $open-or-not (param $path i32) (param $flags i32) (param $rights i64) (result i32)
    (local $fd i32) (local $best i32) (local $best-length i32) (local $name-length i32) (local $i i32)
    (local.set $fd (i32.const 3))
    (block $done (loop $next
      (br_if $done (call $fd_prestat_get (local.get $fd) (i32.const 8)))
      (local.set $name-length (i32.load (i32.const 12)))
      (drop (call $fd_prestat_dir_name (local.get $fd) (i32.const 1024) (local.get $name-length)))
      ;; "/" grants the whole path; else the name must be followed by a slash in the path
      (if (i32.and (i32.eq (local.get $name-length) (i32.const 1)) (i32.eq (i32.load8_u (i32.const 1024)) (i32.const 47)))
        (then (local.set $name-length (i32.const 0))))
      (local.set $i (i32.const 0))
      (block $differs
        (block $begins (loop $compare
          (br_if $begins (i32.eq (local.get $i) (local.get $name-length)))
          (br_if $differs (i32.ne (i32.load8_u (i32.add (local.get $path) (local.get $i)))
            (i32.load8_u (i32.add (i32.const 1024) (local.get $i)))))
          (local.set $i (i32.add (local.get $i) (i32.const 1)))
          (br $compare)))
        (br_if $differs (i32.ne (i32.load8_u (i32.add (local.get $path) (local.get $i))) (i32.const 47)))
        (br_if $differs (i32.and (i32.ne (local.get $best) (i32.const 0)) (i32.le_u (local.get $i) (local.get $best-length))))
        (local.set $best (local.get $fd))
        (local.set $best-length (local.get $i)))
      (local.set $fd (i32.add (local.get $fd) (i32.const 1)))
      (br $next)))
    (local.set $path (i32.add (local.get $path) (i32.add (local.get $best-length) (i32.const 1))))
    (if (i32.eqz (local.get $best)) (then (return (i32.const -1))))
    (if (call $path_open (local.get $best) (i32.const 1) (local.get $path) (call $length (local.get $path))
          (local.get $flags) (local.get $rights) (i64.const 0) (i32.const 0) (i32.const 8))
      (then (return (i32.const -1))))
    (i32.load (i32.const 8)))
  ;; The same; ends with 3 when it cannot.
  (func $open (param $path i32) (param $flags i32) (param $rights i64) (result i32)
    (local.set $path (call $open-or-not (local.get $path) (local.get $flags) (local.get $rights)))
    (if (i32.lt_s (local.get $path) (i32.const 0)) (then (call $proc_exit (i32.const 3))))
    (local.get $path))
  (func $read (local $fd i32)
    (local.set $fd (call $open (call $next-argument) (i32.const 0) (i64.const 2)))
    (block $done (loop $next
      (i32.store (i32.const 0) (i32.const 8192))
      (i32.store (i32.const 4) (i32.const 8192))
      (br_if $done (call $fd_read (local.get $fd) (i32.const 0) (i32.const 1) (i32.const 8)))
      (br_if $done (i32.eqz (i32.load (i32.const 8))))
      (call $emit (i32.const 1) (i32.const 8192) (i32.load (i32.const 8)))
      (br $next)))
    (drop (call $fd_close (local.get $fd))))
  (func $write (local $fd i32)
    (local.set $fd (call $open (call $next-argument) (i32.const 9) (i64.const 64))) ;; created, emptied
    (call $line (local.get $fd) (call $next-argument))
    (drop (call $fd_close (local.get $fd))))

  (func $try (local $fd i32) (local $text i32)
    (local.set $fd (call $open-or-not (call $next-argument) (i32.const 9) (i64.const 64)))
    (local.set $text (call $next-argument))
    (if (i32.lt_s (local.get $fd) (i32.const 0)) (then (call $line (i32.const 1) (i32.const 338)) (return)))
    (call $line (local.get $fd) (local.get $text))
    (drop (call $fd_close (local.get $fd)))
    (call $line (i32.const 1) (i32.const 346)))

  (func $args (local $i i32)
    (block $done (loop $next
      (br_if $done (i32.ge_u (local.get $i) (global.get $count)))
      (call $line (i32.const 1) (i32.load (i32.add (i32.const 16384) (i32.shl (local.get $i) (i32.const 2)))))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br $next))))
  (func $env (local $at i32) (local $left i32)
    (drop (call $environ_sizes_get (i32.const 0) (i32.const 4)))
    (local.set $left (i32.load (i32.const 0)))
    (local.set $at (i32.const 24576)) ;; pointers behind those of the arguments
    (drop (call $environ_get (local.get $at) (i32.const 98304)))
    (block $done (loop $next
      (br_if $done (i32.eqz (local.get $left)))
      (call $line (i32.const 1) (i32.load (local.get $at)))
      (local.set $at (i32.add (local.get $at) (i32.const 4)))
      (local.set $left (i32.sub (local.get $left) (i32.const 1)))
      (br $next))))
  (func $flood (local $left i32)
    (local.set $left (call $next-number))
    (block $done (loop $next
      (br_if $done (i32.eqz (local.get $left)))
      (call $emit (i32.const 1) (global.get $FLOOD) (i32.const 99))
      (local.set $left (i32.sub (local.get $left) (i32.const 1)))
      (br $next))))
  (func $lines (local $total i32) (local $pause i32) (local $i i32) (local $rest i32) (local $at i32)
    (local.set $total (call $next-number))
    (local.set $pause (call $next-number))
    (block $done (loop $next
      (br_if $done (i32.eq (local.get $i) (local.get $total)))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      ;; the number's digits, last first, then "line " before them
      (local.set $rest (local.get $i))
      (local.set $at (i32.const 1100))
      (i32.store8 (local.get $at) (i32.const 0))
      (loop $digit
        (local.set $at (i32.sub (local.get $at) (i32.const 1)))
        (i32.store8 (local.get $at) (i32.add (i32.const 48) (i32.rem_u (local.get $rest) (i32.const 10))))
        (local.set $rest (i32.div_u (local.get $rest) (i32.const 10)))
        (br_if $digit (local.get $rest)))
      (local.set $at (i32.sub (local.get $at) (i32.const 5)))
      (memory.copy (local.get $at) (global.get $LINE) (i32.const 5))
      (call $line (i32.const 1) (local.get $at))
      (call $sleep (local.get $pause))
      (br $next))))
  (func $allocate (local $from i32) (local $end i32)
    (local.set $from (i32.shl (memory.size) (i32.const 16)))
    (local.set $end (i32.shl (call $next-number) (i32.const 4))) ;; pages
    (if (i32.eq (memory.grow (local.get $end)) (i32.const -1)) (then (call $proc_exit (i32.const 5))))
    (memory.fill (local.get $from) (i32.const 1) (i32.shl (local.get $end) (i32.const 16))))

  (func $do (param $word i32)
    (if (call $same (local.get $word) (i32.const 256)) (then (call $line (i32.const 1) (call $next-argument)) (return)))
    (if (call $same (local.get $word) (i32.const 262)) (then (call $line (i32.const 2) (call $next-argument)) (return)))
    (if (call $same (local.get $word) (i32.const 268))
      (then
        (local.set $word (call $next-argument))
        (call $emit (i32.const 1) (local.get $word) (call $length (local.get $word)))
        (return)))
    (if (call $same (local.get $word) (i32.const 272)) (then (call $proc_exit (call $next-number))))
    (if (call $same (local.get $word) (i32.const 277)) (then (call $sleep (call $next-number)) (return)))
    (if (call $same (local.get $word) (i32.const 283)) (then (loop $forever (br $forever))))
    (if (call $same (local.get $word) (i32.const 288)) (then (call $args) (return)))
    (if (call $same (local.get $word) (i32.const 293)) (then (call $env) (return)))
    (if (call $same (local.get $word) (i32.const 297)) (then (call $read) (return)))
    (if (call $same (local.get $word) (i32.const 302)) (then (call $write) (return)))
    (if (call $same (local.get $word) (i32.const 308)) (then (call $flood) (return)))
    (if (call $same (local.get $word) (i32.const 314)) (then (call $lines) (return)))
    (if (call $same (local.get $word) (i32.const 320)) (then (call $allocate) (return)))
    (if (call $same (local.get $word) (i32.const 329)) (then (unreachable)))
    (if (call $same (local.get $word) (i32.const 334)) (then (call $try) (return)))
    (call $proc_exit (i32.const 2)))

  (func (export "_start")
    (drop (call $args_sizes_get (i32.const 0) (i32.const 4)))
    (global.set $count (i32.load (i32.const 0)))
    ;; as much as there is room for
    (if (i32.or (i32.gt_u (global.get $count) (i32.const 2048)) (i32.gt_u (i32.load (i32.const 4)) (i32.const 65536)))
      (then (call $proc_exit (i32.const 2))))
    (drop (call $args_get (i32.const 16384) (i32.const 32768)))
    (global.set $argument (i32.const 1))
    (block $done (loop $next
      (br_if $done (i32.ge_u (global.get $argument) (global.get $count)))
      (call $do (call $next-argument))
      (br $next)))))
