;; A command of WASI 0.2 that says what it finds outside of itself: the tests' look at a guest's folder and network.
;;
;;   cwd                 the folder that it begins in
;;   dial A.B.C.D PORT   "connected", or "refused" and the number of WASI's error (1 access denied, 14 connection refused)
;;   lookup NAME         the first IPv4 address of a machine, or "unknown" and the number of WASI's error
;;
;; It ends with 0, and with 1 for a word that it does not know.
;;   wasmtime run -S inherit-network=y,allow-ip-name-lookup=y dialer.wat lookup localhost dial 127.0.0.1 22
(component
  (import "wasi:cli/environment@0.2.0" (instance $environment
    (export "get-arguments" (func (result (list string))))
    (export "initial-cwd" (func (result (option string))))))
  (import "wasi:io/error@0.2.0" (instance $io-error (export "error" (type (sub resource)))))
  (alias export $io-error "error" (type $io-error-type))
  (import "wasi:io/poll@0.2.0" (instance $poll
    (export "pollable" (type $pollable (sub resource)))
    (export "[method]pollable.block" (func (param "self" (borrow $pollable))))))
  (alias export $poll "pollable" (type $pollable))
  (import "wasi:io/streams@0.2.0" (instance $streams
    (alias outer 1 $io-error-type (type $e))
    (export "error" (type $error (eq $e)))
    (export "input-stream" (type (sub resource)))
    (export "output-stream" (type $output-stream (sub resource)))
    (type $stream-error-shape (variant (case "last-operation-failed" (own $error)) (case "closed")))
    (export "stream-error" (type $stream-error (eq $stream-error-shape)))
    (export "[method]output-stream.blocking-write-and-flush"
      (func (param "self" (borrow $output-stream)) (param "contents" (list u8)) (result (result (error $stream-error)))))))
  (alias export $streams "input-stream" (type $input-stream))
  (alias export $streams "output-stream" (type $output-stream))
  (import "wasi:cli/stdout@0.2.0" (instance $stdout
    (alias outer 1 $output-stream (type $o))
    (export "output-stream" (type $output-stream (eq $o)))
    (export "get-stdout" (func (result (own $output-stream))))))
  (import "wasi:sockets/network@0.2.0" (instance $net
    (export "network" (type (sub resource)))
    (type $error-code-shape (enum "unknown" "access-denied" "not-supported" "invalid-argument" "out-of-memory" "timeout"
      "concurrency-conflict" "not-in-progress" "would-block" "invalid-state" "new-socket-limit" "address-not-bindable"
      "address-in-use" "remote-unreachable" "connection-refused" "connection-reset" "connection-aborted"
      "datagram-too-large" "name-unresolvable" "temporary-resolver-failure" "permanent-resolver-failure"))
    (export "error-code" (type (eq $error-code-shape)))
    (type $family-shape (enum "ipv4" "ipv6"))
    (export "ip-address-family" (type (eq $family-shape)))
    (type $v4-shape (tuple u8 u8 u8 u8))
    (export "ipv4-address" (type $v4 (eq $v4-shape)))
    (type $v6-shape (tuple u16 u16 u16 u16 u16 u16 u16 u16))
    (export "ipv6-address" (type $v6 (eq $v6-shape)))
    (type $address-shape (variant (case "ipv4" $v4) (case "ipv6" $v6)))
    (export "ip-address" (type (eq $address-shape)))
    (type $socket4-shape (record (field "port" u16) (field "address" $v4)))
    (export "ipv4-socket-address" (type $socket4 (eq $socket4-shape)))
    (type $socket6-shape (record (field "port" u16) (field "flow-info" u32) (field "address" $v6) (field "scope-id" u32)))
    (export "ipv6-socket-address" (type $socket6 (eq $socket6-shape)))
    (type $socket-shape (variant (case "ipv4" $socket4) (case "ipv6" $socket6)))
    (export "ip-socket-address" (type (eq $socket-shape)))))
  (alias export $net "network" (type $network))
  (alias export $net "error-code" (type $error-code))
  (alias export $net "ip-address-family" (type $family))
  (alias export $net "ip-address" (type $address))
  (alias export $net "ip-socket-address" (type $socket-address))
  (import "wasi:sockets/instance-network@0.2.0" (instance $instance-network
    (alias outer 1 $network (type $n))
    (export "network" (type $network (eq $n)))
    (export "instance-network" (func (result (own $network))))))
  (import "wasi:sockets/ip-name-lookup@0.2.0" (instance $names
    (alias outer 1 $pollable (type $p))
    (export "pollable" (type $pollable (eq $p)))
    (alias outer 1 $network (type $n))
    (export "network" (type $network (eq $n)))
    (alias outer 1 $error-code (type $c))
    (export "error-code" (type $error-code (eq $c)))
    (alias outer 1 $address (type $a))
    (export "ip-address" (type $address (eq $a)))
    (export "resolve-address-stream" (type $answers (sub resource)))
    (export "[method]resolve-address-stream.resolve-next-address"
      (func (param "self" (borrow $answers)) (result (result (option $address) (error $error-code)))))
    (export "[method]resolve-address-stream.subscribe" (func (param "self" (borrow $answers)) (result (own $pollable))))
    (export "resolve-addresses"
      (func (param "network" (borrow $network)) (param "name" string) (result (result (own $answers) (error $error-code)))))))
  (import "wasi:sockets/tcp@0.2.0" (instance $tcp
    (alias outer 1 $input-stream (type $i))
    (export "input-stream" (type $input-stream (eq $i)))
    (alias outer 1 $output-stream (type $o))
    (export "output-stream" (type $output-stream (eq $o)))
    (alias outer 1 $pollable (type $p))
    (export "pollable" (type $pollable (eq $p)))
    (alias outer 1 $network (type $n))
    (export "network" (type $network (eq $n)))
    (alias outer 1 $error-code (type $c))
    (export "error-code" (type $error-code (eq $c)))
    (alias outer 1 $socket-address (type $s))
    (export "ip-socket-address" (type $socket-address (eq $s)))
    (export "tcp-socket" (type $socket (sub resource)))
    (export "[method]tcp-socket.start-connect" (func (param "self" (borrow $socket)) (param "network" (borrow $network))
      (param "remote-address" $socket-address) (result (result (error $error-code)))))
    (export "[method]tcp-socket.finish-connect" (func (param "self" (borrow $socket))
      (result (result (tuple (own $input-stream) (own $output-stream)) (error $error-code)))))
    (export "[method]tcp-socket.subscribe" (func (param "self" (borrow $socket)) (result (own $pollable))))))
  (alias export $tcp "tcp-socket" (type $socket))
  (import "wasi:sockets/tcp-create-socket@0.2.0" (instance $create
    (alias outer 1 $error-code (type $c))
    (export "error-code" (type $error-code (eq $c)))
    (alias outer 1 $family (type $f))
    (export "ip-address-family" (type $family (eq $f)))
    (alias outer 1 $socket (type $s))
    (export "tcp-socket" (type $socket (eq $s)))
    (export "create-tcp-socket"
      (func (param "address-family" $family) (result (result (own $socket) (error $error-code)))))))

  (core module $memory-module
    (memory (export "memory") 2)
    (global $next (mut i32) (i32.const 4096))
    (func (export "realloc") (param i32 i32) (param $align i32) (param $size i32) (result i32) (local $at i32)
      (local.set $at (i32.and (i32.add (global.get $next) (i32.sub (local.get $align) (i32.const 1)))
        (i32.sub (i32.const 0) (local.get $align))))
      (global.set $next (i32.add (local.get $at) (local.get $size)))
      (if (i32.gt_u (global.get $next) (i32.const 131072)) (then (unreachable)))
      (local.get $at)))
  (core instance $m (instantiate $memory-module))
  (alias core export $m "memory" (core memory $memory))
  (alias core export $m "realloc" (core func $realloc))

  (core func $arguments (canon lower (func $environment "get-arguments") (memory $memory) (realloc $realloc)))
  (core func $cwd (canon lower (func $environment "initial-cwd") (memory $memory) (realloc $realloc)))
  (core func $get-stdout (canon lower (func $stdout "get-stdout")))
  (core func $write
    (canon lower (func $streams "[method]output-stream.blocking-write-and-flush") (memory $memory) (realloc $realloc)))
  (core func $get-network (canon lower (func $instance-network "instance-network")))
  (core func $resolve (canon lower (func $names "resolve-addresses") (memory $memory)))
  (core func $next-address
    (canon lower (func $names "[method]resolve-address-stream.resolve-next-address") (memory $memory)))
  (core func $subscribe-names (canon lower (func $names "[method]resolve-address-stream.subscribe")))
  (core func $create-socket (canon lower (func $create "create-tcp-socket") (memory $memory)))
  (core func $start (canon lower (func $tcp "[method]tcp-socket.start-connect") (memory $memory)))
  (core func $finish (canon lower (func $tcp "[method]tcp-socket.finish-connect") (memory $memory)))
  (core func $subscribe-socket (canon lower (func $tcp "[method]tcp-socket.subscribe")))
  (core func $block (canon lower (func $poll "[method]pollable.block")))

  (core module $program
    (import "memory" "memory" (memory 2))
    (import "wasi" "arguments" (func $get-arguments (param i32)))
    (import "wasi" "cwd" (func $get-cwd (param i32)))
    (import "wasi" "stdout" (func $get-stdout (result i32)))
    (import "wasi" "write" (func $write (param i32 i32 i32 i32)))
    (import "wasi" "network" (func $network (result i32)))
    (import "wasi" "resolve" (func $resolve (param i32 i32 i32 i32)))
    (import "wasi" "next-address" (func $next-address (param i32 i32)))
    (import "wasi" "subscribe-names" (func $subscribe-names (param i32) (result i32)))
    (import "wasi" "create-socket" (func $create-socket (param i32 i32)))
    (import "wasi" "start"
      (func $start (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32)))
    (import "wasi" "finish" (func $finish (param i32 i32)))
    (import "wasi" "subscribe-socket" (func $subscribe-socket (param i32) (result i32)))
    (import "wasi" "block" (func $block (param i32)))

    ;; 0 texts · 128 what imports return · 512 a line in the making · from 4096 on what is allocated
    (data (i32.const 0) "cwd\00dial\00lookup\00connected\00refused \00unknown \00")
    (global $out (mut i32) (i32.const 0))
    (global $at (mut i32) (i32.const 512))   ;; where the line goes on
    (global $word (mut i32) (i32.const 0))   ;; the argument that is read next
    (global $words (mut i32) (i32.const 0))  ;; where the arguments end

    (func $put (param $byte i32)
      (i32.store8 (global.get $at) (local.get $byte))
      (global.set $at (i32.add (global.get $at) (i32.const 1))))
    (func $text (param $from i32)
      (block $done (loop $next
        (br_if $done (i32.eqz (i32.load8_u (local.get $from))))
        (call $put (i32.load8_u (local.get $from)))
        (local.set $from (i32.add (local.get $from) (i32.const 1)))
        (br $next))))
    (func $number (param $value i32)
      (if (i32.ge_u (local.get $value) (i32.const 10))
        (then (call $number (i32.div_u (local.get $value) (i32.const 10)))))
      (call $put (i32.add (i32.const 48) (i32.rem_u (local.get $value) (i32.const 10)))))
    (func $end-line
      (call $put (i32.const 10))
      (call $write (global.get $out) (i32.const 512) (i32.sub (global.get $at) (i32.const 512)) (i32.const 128))
      (global.set $at (i32.const 512)))

    ;; Whether the argument is this word.
    (func $is (param $text i32) (result i32) (local $from i32) (local $length i32)
      (local.set $from (i32.load (global.get $word)))
      (local.set $length (i32.load offset=4 (global.get $word)))
      (loop $next
        (if (i32.eqz (local.get $length)) (then (return (i32.eqz (i32.load8_u (local.get $text))))))
        (if (i32.ne (i32.load8_u (local.get $from)) (i32.load8_u (local.get $text))) (then (return (i32.const 0))))
        (local.set $from (i32.add (local.get $from) (i32.const 1)))
        (local.set $text (i32.add (local.get $text) (i32.const 1)))
        (local.set $length (i32.sub (local.get $length) (i32.const 1)))
        (br $next))
      (unreachable))
    (func $advance (global.set $word (i32.add (global.get $word) (i32.const 8))))
    ;; The number that the argument holds after `skip` dots.
    (func $part (param $skip i32) (result i32) (local $from i32) (local $end i32) (local $byte i32) (local $value i32)
      (local.set $from (i32.load (global.get $word)))
      (local.set $end (i32.add (local.get $from) (i32.load offset=4 (global.get $word))))
      (block $done (loop $next
        (br_if $done (i32.ge_u (local.get $from) (local.get $end)))
        (local.set $byte (i32.load8_u (local.get $from)))
        (local.set $from (i32.add (local.get $from) (i32.const 1)))
        (if (i32.eq (local.get $byte) (i32.const 46))
          (then
            (br_if $done (i32.eqz (local.get $skip)))
            (local.set $skip (i32.sub (local.get $skip) (i32.const 1)))
            (br $next)))
        (br_if $next (local.get $skip))
        (local.set $value (i32.add (i32.mul (local.get $value) (i32.const 10)) (i32.sub (local.get $byte) (i32.const 48))))
        (br $next)))
      (local.get $value))

    (func $failed (param $text i32) (param $code i32)
      (call $text (local.get $text))
      (call $number (local.get $code))
      (call $end-line))

    (func $cwd
      (call $get-cwd (i32.const 128))
      (if (i32.load8_u (i32.const 128))
        (then
          (memory.copy (i32.const 512) (i32.load (i32.const 132)) (i32.load (i32.const 136)))
          (global.set $at (i32.add (i32.const 512) (i32.load (i32.const 136))))))
      (call $end-line))

    (func $dial (local $socket i32) (local $a i32) (local $b i32) (local $c i32) (local $d i32)
      (local.set $a (call $part (i32.const 0)))
      (local.set $b (call $part (i32.const 1)))
      (local.set $c (call $part (i32.const 2)))
      (local.set $d (call $part (i32.const 3)))
      (call $advance)
      (call $create-socket (i32.const 0) (i32.const 128))
      (if (i32.load8_u (i32.const 128))
        (then (call $failed (i32.const 26) (i32.load8_u (i32.const 132))) (return)))
      (local.set $socket (i32.load (i32.const 132)))
      (call $start (local.get $socket) (call $network) (i32.const 0) (call $part (i32.const 0))
        (local.get $a) (local.get $b) (local.get $c) (local.get $d)
        (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 128))
      (if (i32.load8_u (i32.const 128))
        (then (call $failed (i32.const 26) (i32.load8_u (i32.const 129))) (return)))
      (loop $wait
        (call $block (call $subscribe-socket (local.get $socket)))
        (call $finish (local.get $socket) (i32.const 128))
        (if (i32.load8_u (i32.const 128))
          (then
            (br_if $wait (i32.eq (i32.load8_u (i32.const 132)) (i32.const 8))) ;; would block
            (call $failed (i32.const 26) (i32.load8_u (i32.const 132)))
            (return))))
      (call $text (i32.const 16))
      (call $end-line))

    (func $lookup (local $answers i32)
      (call $resolve (call $network) (i32.load (global.get $word)) (i32.load offset=4 (global.get $word)) (i32.const 128))
      (if (i32.load8_u (i32.const 128))
        (then (call $failed (i32.const 35) (i32.load8_u (i32.const 132))) (return)))
      (local.set $answers (i32.load (i32.const 132)))
      (loop $next
        (call $block (call $subscribe-names (local.get $answers)))
        (call $next-address (local.get $answers) (i32.const 128))
        (if (i32.load8_u (i32.const 128))
          (then
            (br_if $next (i32.eq (i32.load8_u (i32.const 130)) (i32.const 8)))
            (call $failed (i32.const 35) (i32.load8_u (i32.const 130)))
            (return)))
        (if (i32.eqz (i32.load8_u (i32.const 130)))
          (then (call $failed (i32.const 35) (i32.const 18)) (return))) ;; no more of them
        (br_if $next (i32.load8_u (i32.const 132)))) ;; IPv6
      (call $number (i32.load8_u (i32.const 134)))
      (call $put (i32.const 46))
      (call $number (i32.load8_u (i32.const 135)))
      (call $put (i32.const 46))
      (call $number (i32.load8_u (i32.const 136)))
      (call $put (i32.const 46))
      (call $number (i32.load8_u (i32.const 137)))
      (call $end-line))

    (func (export "run") (result i32)
      (global.set $out (call $get-stdout))
      (call $get-arguments (i32.const 128))
      (global.set $word (i32.load (i32.const 128)))
      (global.set $words (i32.add (global.get $word) (i32.shl (i32.load (i32.const 132)) (i32.const 3))))
      (call $advance) ;; its own name
      (block $done (loop $next
        (br_if $done (i32.ge_u (global.get $word) (global.get $words)))
        (if (call $is (i32.const 0)) (then (call $cwd))
          (else (if (call $is (i32.const 4)) (then (call $advance) (call $dial))
            (else (if (call $is (i32.const 9)) (then (call $advance) (call $lookup))
              (else (return (i32.const 1))))))))
        (call $advance)
        (br $next)))
      (i32.const 0)))
  (core instance $i (instantiate $program
    (with "memory" (instance $m))
    (with "wasi" (instance
      (export "arguments" (func $arguments)) (export "cwd" (func $cwd)) (export "stdout" (func $get-stdout))
      (export "write" (func $write)) (export "network" (func $get-network)) (export "resolve" (func $resolve))
      (export "next-address" (func $next-address)) (export "subscribe-names" (func $subscribe-names))
      (export "create-socket" (func $create-socket)) (export "start" (func $start)) (export "finish" (func $finish))
      (export "subscribe-socket" (func $subscribe-socket)) (export "block" (func $block))))))
  (func $run (result (result)) (canon lift (core func $i "run")))
  (instance $command (export "run" (func $run)))
  (export "wasi:cli/run@0.2.0" (instance $command)))
