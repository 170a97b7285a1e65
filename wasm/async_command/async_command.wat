;; A command of WASI 0.3: prints a line and ends. What it prints on is of WASI 0.2, which an engine of 0.3 has as well.
;;
;;   wasmtime run async_command.wat
(component
  (import "wasi:io/error@0.2.0" (instance $io-error (export "error" (type (sub resource)))))
  (alias export $io-error "error" (type $io-error-type))
  (import "wasi:io/streams@0.2.0" (instance $streams
    (alias outer 1 $io-error-type (type $e))
    (export "error" (type $error (eq $e)))
    (export "output-stream" (type $output-stream (sub resource)))
    (type $stream-error-shape (variant (case "last-operation-failed" (own $error)) (case "closed")))
    (export "stream-error" (type $stream-error (eq $stream-error-shape)))
    (export "[method]output-stream.blocking-write-and-flush"
      (func (param "self" (borrow $output-stream)) (param "contents" (list u8)) (result (result (error $stream-error)))))))
  (alias export $streams "output-stream" (type $output-stream))
  (import "wasi:cli/stdout@0.2.0" (instance $stdout
    (alias outer 1 $output-stream (type $o))
    (export "output-stream" (type $output-stream (eq $o)))
    (export "get-stdout" (func (result (own $output-stream))))))

  (core module $memory-module
    (memory (export "memory") 1)
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024)))
  (core instance $m (instantiate $memory-module))
  (alias core export $m "memory" (core memory $memory))
  (core func $get-stdout (canon lower (func $stdout "get-stdout")))
  (core func $write (canon lower (func $streams "[method]output-stream.blocking-write-and-flush")
    (memory $memory) (realloc (func $m "realloc"))))
  (core func $answer (canon task.return (result (result))))

  (core module $program
    (import "memory" "memory" (memory 1))
    (import "wasi" "stdout" (func $get-stdout (result i32)))
    (import "wasi" "write" (func $write (param i32 i32 i32 i32)))
    (import "wasi" "answer" (func $answer (param i32)))
    (data (i32.const 0) "hello from WASI 0.3\0a")
    (func (export "run") (result i32)
      (call $write (call $get-stdout) (i32.const 0) (i32.const 20) (i32.const 64))
      (call $answer (i32.const 0))
      (i32.const 0)) ;; nothing to wait for
    (func (export "event") (param i32 i32 i32) (result i32) (unreachable)))
  (core instance $i (instantiate $program
    (with "memory" (instance $m))
    (with "wasi" (instance
      (export "stdout" (func $get-stdout)) (export "write" (func $write)) (export "answer" (func $answer))))))
  (func $run async (result (result)) (canon lift (core func $i "run") async (callback (func $i "event"))))
  (instance $command (export "run" (func $run)))
  (export "wasi:cli/run@0.3.0" (instance $command)))
