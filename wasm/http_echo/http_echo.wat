;; An HTTP service as a wasi:http component (WASI 0.2): the demo's workload, and a probe's or a test's counterpart.
;;
;;   GET /             hello from <pod>
;;   GET /healthz      ok
;;   GET /sleep/250    hello from <pod>, asked for /sleep/250   … after 250 ms, to see requests finish while a pod stops
;;   anything else     hello from <pod>, asked for <path and query>
;;
;; <pod> is the value of $POD_NAME, or "?" without it. Every answer is 200 text/plain, whatever the method.
;; Try it: wasmtime serve -S cli=y --env POD_NAME=web-1 --addr 127.0.0.1:8080 http_echo.wat
(component
  ;; What is used of each WASI interface; types that an interface borrows from another are named again with `eq`.
  (import "wasi:cli/environment@0.2.0" (instance $environment
    (export "get-environment" (func (result (list (tuple string string)))))))
  (import "wasi:io/poll@0.2.0" (instance $poll
    (export "pollable" (type $pollable (sub resource)))
    (export "[method]pollable.block" (func (param "self" (borrow $pollable))))))
  (alias export $poll "pollable" (type $pollable))
  (import "wasi:clocks/monotonic-clock@0.2.0" (instance $clock
    (alias outer 1 $pollable (type $p))
    (export "pollable" (type $pollable (eq $p)))
    (export "subscribe-duration" (func (param "when" u64) (result (own $pollable))))))
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
  (import "wasi:http/types@0.2.0" (instance $http
    (alias outer 1 $output-stream (type $o))
    (export "output-stream" (type $output-stream (eq $o)))
    (export "incoming-request" (type $incoming-request (sub resource)))
    (export "outgoing-response" (type $outgoing-response (sub resource)))
    (export "outgoing-body" (type $outgoing-body (sub resource)))
    (export "response-outparam" (type $response-outparam (sub resource)))
    (export "fields" (type $fields (sub resource)))
    (type $header-error-shape (variant (case "invalid-syntax") (case "forbidden") (case "immutable")))
    (export "header-error" (type $header-error (eq $header-error-shape)))
    ;; An answer may be an error instead of a response, so its type has to be spelled out although no error is ever answered.
    (type $dns-shape (record (field "rcode" (option string)) (field "info-code" (option u16))))
    (export "DNS-error-payload" (type $dns (eq $dns-shape)))
    (type $alert-shape (record (field "alert-id" (option u8)) (field "alert-message" (option string))))
    (export "TLS-alert-received-payload" (type $alert (eq $alert-shape)))
    (type $size-shape (record (field "field-name" (option string)) (field "field-size" (option u32))))
    (export "field-size-payload" (type $field-size (eq $size-shape)))
    (type $error-code-shape (variant
      (case "DNS-timeout") (case "DNS-error" $dns)
      (case "destination-not-found") (case "destination-unavailable")
      (case "destination-IP-prohibited") (case "destination-IP-unroutable")
      (case "connection-refused") (case "connection-terminated") (case "connection-timeout")
      (case "connection-read-timeout") (case "connection-write-timeout") (case "connection-limit-reached")
      (case "TLS-protocol-error") (case "TLS-certificate-error") (case "TLS-alert-received" $alert)
      (case "HTTP-request-denied") (case "HTTP-request-length-required") (case "HTTP-request-body-size" (option u64))
      (case "HTTP-request-method-invalid") (case "HTTP-request-URI-invalid") (case "HTTP-request-URI-too-long")
      (case "HTTP-request-header-section-size" (option u32)) (case "HTTP-request-header-size" (option $field-size))
      (case "HTTP-request-trailer-section-size" (option u32)) (case "HTTP-request-trailer-size" $field-size)
      (case "HTTP-response-incomplete")
      (case "HTTP-response-header-section-size" (option u32)) (case "HTTP-response-header-size" $field-size)
      (case "HTTP-response-body-size" (option u64))
      (case "HTTP-response-trailer-section-size" (option u32)) (case "HTTP-response-trailer-size" $field-size)
      (case "HTTP-response-transfer-coding" (option string)) (case "HTTP-response-content-coding" (option string))
      (case "HTTP-response-timeout") (case "HTTP-upgrade-failed") (case "HTTP-protocol-error")
      (case "loop-detected") (case "configuration-error") (case "internal-error" (option string))))
    (export "error-code" (type $error-code (eq $error-code-shape)))
    (export "[method]incoming-request.path-with-query"
      (func (param "self" (borrow $incoming-request)) (result (option string))))
    (export "[constructor]fields" (func (result (own $fields))))
    (export "[method]fields.append" (func (param "self" (borrow $fields)) (param "name" string) (param "value" (list u8))
      (result (result (error $header-error)))))
    (export "[constructor]outgoing-response" (func (param "headers" (own $fields)) (result (own $outgoing-response))))
    (export "[method]outgoing-response.body"
      (func (param "self" (borrow $outgoing-response)) (result (result (own $outgoing-body)))))
    (export "[method]outgoing-body.write"
      (func (param "self" (borrow $outgoing-body)) (result (result (own $output-stream)))))
    (export "[static]outgoing-body.finish" (func (param "this" (own $outgoing-body)) (param "trailers" (option (own $fields)))
      (result (result (error $error-code)))))
    (export "[static]response-outparam.set" (func (param "param" (own $response-outparam))
      (param "response" (result (own $outgoing-response) (error $error-code)))))))
  (alias export $http "incoming-request" (type $incoming-request))
  (alias export $http "response-outparam" (type $response-outparam))

  ;; Memory apart from the program, because lowering an import needs it before the program exists.
  ;; A request's memory is never given back: the engine makes a new instance for each request.
  (core module $memory-module
    (memory (export "memory") 2)
    (global $next (mut i32) (i32.const 2048))
    (func (export "realloc") (param $old i32) (param $old-size i32) (param $align i32) (param $size i32) (result i32)
      (local $at i32) (local $missing i32)
      (local.set $at (i32.and (i32.add (global.get $next) (i32.sub (local.get $align) (i32.const 1)))
        (i32.sub (i32.const 0) (local.get $align))))
      (global.set $next (i32.add (local.get $at) (local.get $size)))
      (local.set $missing (i32.sub (global.get $next) (i32.shl (memory.size) (i32.const 16))))
      (if (i32.gt_s (local.get $missing) (i32.const 0))
        (then (if (i32.eq (memory.grow (i32.add (i32.shr_u (local.get $missing) (i32.const 16)) (i32.const 1))) (i32.const -1))
          (then (unreachable)))))
      (if (local.get $old) (then (memory.copy (local.get $at) (local.get $old) (local.get $old-size))))
      (local.get $at)))
  (core instance $m (instantiate $memory-module))
  (alias core export $m "memory" (core memory $memory))
  (alias core export $m "realloc" (core func $realloc))

  (core func $get-environment (canon lower (func $environment "get-environment") (memory $memory) (realloc $realloc)))
  (core func $sleep (canon lower (func $clock "subscribe-duration")))
  (core func $block (canon lower (func $poll "[method]pollable.block")))
  (core func $drop-pollable (canon resource.drop $pollable))
  (core func $path (canon lower (func $http "[method]incoming-request.path-with-query") (memory $memory) (realloc $realloc)))
  (core func $drop-request (canon resource.drop $incoming-request))
  (core func $fields (canon lower (func $http "[constructor]fields")))
  (core func $append (canon lower (func $http "[method]fields.append") (memory $memory)))
  (core func $response (canon lower (func $http "[constructor]outgoing-response")))
  (core func $body (canon lower (func $http "[method]outgoing-response.body") (memory $memory)))
  (core func $open (canon lower (func $http "[method]outgoing-body.write") (memory $memory)))
  (core func $write
    (canon lower (func $streams "[method]output-stream.blocking-write-and-flush") (memory $memory) (realloc $realloc)))
  (core func $drop-stream (canon resource.drop $output-stream))
  (core func $finish (canon lower (func $http "[static]outgoing-body.finish") (memory $memory) (realloc $realloc)))
  (core func $answer (canon lower (func $http "[static]response-outparam.set") (memory $memory) (realloc $realloc)))

  (core module $program
    (import "memory" "memory" (memory 2))
    (import "memory" "realloc" (func $realloc (param i32 i32 i32 i32) (result i32)))
    (import "wasi" "get-environment" (func $get-environment (param i32)))
    (import "wasi" "sleep" (func $sleep (param i64) (result i32)))
    (import "wasi" "block" (func $block (param i32)))
    (import "wasi" "drop-pollable" (func $drop-pollable (param i32)))
    (import "wasi" "path" (func $path (param i32 i32)))
    (import "wasi" "drop-request" (func $drop-request (param i32)))
    (import "wasi" "fields" (func $fields (result i32)))
    (import "wasi" "append" (func $append (param i32 i32 i32 i32 i32 i32)))
    (import "wasi" "response" (func $response (param i32) (result i32)))
    (import "wasi" "body" (func $body (param i32 i32)))
    (import "wasi" "open" (func $open (param i32 i32)))
    (import "wasi" "write" (func $write (param i32 i32 i32 i32)))
    (import "wasi" "drop-stream" (func $drop-stream (param i32)))
    (import "wasi" "finish" (func $finish (param i32 i32 i32 i32)))
    (import "wasi" "answer" (func $answer (param i32 i32 i32 i32 i64 i32 i32 i32 i32)))

    ;; 0..127 texts · 128..255 what imports return · from 2048 on what is allocated
    (data (i32.const 0) "POD_NAME?/healthz/sleep/ok\0ahello from , asked for \0acontent-typetext/plain")
    (global $POD_NAME i32 (i32.const 0))      ;; 8 bytes
    (global $UNKNOWN i32 (i32.const 8))       ;; 1
    (global $HEALTHZ i32 (i32.const 9))       ;; 8
    (global $SLEEP i32 (i32.const 17))        ;; 7
    (global $OK i32 (i32.const 24))           ;; 3
    (global $HELLO i32 (i32.const 27))        ;; 11
    (global $ASKED i32 (i32.const 38))        ;; 12
    (global $NEWLINE i32 (i32.const 50))      ;; 1
    (global $CONTENT_TYPE i32 (i32.const 51)) ;; 12
    (global $TEXT_PLAIN i32 (i32.const 63))   ;; 10
    (global $RESULT i32 (i32.const 128))
    (global $text (mut i32) (i32.const 0))    ;; the answer, and its length
    (global $length (mut i32) (i32.const 0))

    (func $equal (param $a i32) (param $b i32) (param $length i32) (result i32)
      (block $differ
        (loop $next
          (if (i32.eqz (local.get $length)) (then (return (i32.const 1))))
          (br_if $differ (i32.ne (i32.load8_u (local.get $a)) (i32.load8_u (local.get $b))))
          (local.set $a (i32.add (local.get $a) (i32.const 1)))
          (local.set $b (i32.add (local.get $b) (i32.const 1)))
          (local.set $length (i32.sub (local.get $length) (i32.const 1)))
          (br $next)))
      (i32.const 0))
    (func $say (param $from i32) (param $length i32)
      (memory.copy (i32.add (global.get $text) (global.get $length)) (local.get $from) (local.get $length))
      (global.set $length (i32.add (global.get $length) (local.get $length))))
    ;; The value of $POD_NAME: address and length. A list of pairs of strings has 16 bytes a pair.
    (func $pod (result i32 i32) (local $at i32) (local $left i32)
      (call $get-environment (global.get $RESULT))
      (local.set $at (i32.load (global.get $RESULT)))
      (local.set $left (i32.load offset=4 (global.get $RESULT)))
      (block $none (loop $next
        (br_if $none (i32.eqz (local.get $left)))
        (if (i32.eq (i32.load offset=4 (local.get $at)) (i32.const 8))
          (then (if (call $equal (i32.load (local.get $at)) (global.get $POD_NAME) (i32.const 8))
            (then (return (i32.load offset=8 (local.get $at)) (i32.load offset=12 (local.get $at)))))))
        (local.set $at (i32.add (local.get $at) (i32.const 16)))
        (local.set $left (i32.sub (local.get $left) (i32.const 1)))
        (br $next)))
      (global.get $UNKNOWN) (i32.const 1))
    ;; Sleeps as many milliseconds as the decimal number at `at` says, at most an hour.
    (func $doze (param $at i32) (param $end i32) (local $ms i64) (local $pollable i32)
      (block $done (loop $next
        (br_if $done (i32.ge_u (local.get $at) (local.get $end)))
        (br_if $done (i32.gt_u (i32.sub (i32.load8_u (local.get $at)) (i32.const 48)) (i32.const 9)))
        (local.set $ms (i64.add (i64.mul (local.get $ms) (i64.const 10))
          (i64.extend_i32_u (i32.sub (i32.load8_u (local.get $at)) (i32.const 48)))))
        (br_if $done (i64.gt_u (local.get $ms) (i64.const 3600000)))
        (local.set $at (i32.add (local.get $at) (i32.const 1)))
        (br $next)))
      (if (i64.gt_u (local.get $ms) (i64.const 3600000)) (then (local.set $ms (i64.const 3600000))))
      (local.set $pollable (call $sleep (i64.mul (local.get $ms) (i64.const 1000000))))
      (call $block (local.get $pollable))
      (call $drop-pollable (local.get $pollable)))

    ;; Leaves the answer for `path` at $text.
    (func $compose (param $path i32) (param $path-length i32) (local $pod i32) (local $pod-length i32)
      (if (i32.eq (local.get $path-length) (i32.const 8))
        (then (if (call $equal (local.get $path) (global.get $HEALTHZ) (i32.const 8))
          (then
            (global.set $text (global.get $OK))
            (global.set $length (i32.const 3))
            (return)))))
      (if (i32.gt_u (local.get $path-length) (i32.const 7))
        (then (if (call $equal (local.get $path) (global.get $SLEEP) (i32.const 7))
          (then (call $doze (i32.add (local.get $path) (i32.const 7)) (i32.add (local.get $path) (local.get $path-length)))))))
      (call $pod)
      (local.set $pod-length)
      (local.set $pod)
      (global.set $text (call $realloc (i32.const 0) (i32.const 0) (i32.const 1)
        (i32.add (i32.add (local.get $pod-length) (local.get $path-length)) (i32.const 24))))
      (call $say (global.get $HELLO) (i32.const 11))
      (call $say (local.get $pod) (local.get $pod-length))
      (if (i32.gt_u (local.get $path-length) (i32.const 1))
        (then
          (call $say (global.get $ASKED) (i32.const 12))
          (call $say (local.get $path) (local.get $path-length))))
      (call $say (global.get $NEWLINE) (i32.const 1)))

    (func (export "handle") (param $request i32) (param $out i32)
      (local $headers i32) (local $response i32) (local $body i32) (local $stream i32) (local $part i32)
      ;; an option of a string: 0 or 1, address, length
      (call $path (local.get $request) (global.get $RESULT))
      (if (i32.load8_u (global.get $RESULT))
        (then (call $compose (i32.load offset=4 (global.get $RESULT)) (i32.load offset=8 (global.get $RESULT))))
        (else (call $compose (i32.const 0) (i32.const 0))))
      (call $drop-request (local.get $request))

      (local.set $headers (call $fields))
      (call $append (local.get $headers) (global.get $CONTENT_TYPE) (i32.const 12) (global.get $TEXT_PLAIN) (i32.const 10)
        (global.get $RESULT))
      (local.set $response (call $response (local.get $headers)))
      (call $body (local.get $response) (global.get $RESULT))
      (local.set $body (i32.load offset=4 (global.get $RESULT)))
      (call $open (local.get $body) (global.get $RESULT))
      (local.set $stream (i32.load offset=4 (global.get $RESULT)))
      ;; ok(response); the other parameters belong to the error that is not there
      (call $answer (local.get $out) (i32.const 0) (local.get $response)
        (i32.const 0) (i64.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0))
      ;; at most 4096 bytes a write
      (block $written (loop $next
        (br_if $written (i32.eqz (global.get $length)))
        (local.set $part (select (global.get $length) (i32.const 4096) (i32.lt_u (global.get $length) (i32.const 4096))))
        (call $write (local.get $stream) (global.get $text) (local.get $part) (global.get $RESULT))
        (br_if $written (i32.load8_u (global.get $RESULT))) ;; the client has gone
        (global.set $text (i32.add (global.get $text) (local.get $part)))
        (global.set $length (i32.sub (global.get $length) (local.get $part)))
        (br $next)))
      (call $drop-stream (local.get $stream))
      (call $finish (local.get $body) (i32.const 0) (i32.const 0) (global.get $RESULT))))

  (core instance $p (instantiate $program
    (with "memory" (instance $m))
    (with "wasi" (instance
      (export "get-environment" (func $get-environment))
      (export "sleep" (func $sleep))
      (export "block" (func $block))
      (export "drop-pollable" (func $drop-pollable))
      (export "path" (func $path))
      (export "drop-request" (func $drop-request))
      (export "fields" (func $fields))
      (export "append" (func $append))
      (export "response" (func $response))
      (export "body" (func $body))
      (export "open" (func $open))
      (export "write" (func $write))
      (export "drop-stream" (func $drop-stream))
      (export "finish" (func $finish))
      (export "answer" (func $answer))))))
  (func $handle (param "request" (own $incoming-request)) (param "response-out" (own $response-outparam))
    (canon lift (core func $p "handle")))
  (instance $handler (export "handle" (func $handle)))
  (export "wasi:http/incoming-handler@0.2.0" (instance $handler)))
