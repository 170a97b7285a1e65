/**
 * Names of variables that mean something to an engine's own process.
 *
 * A Pod may set them for its guest, but with them it must not steer the engine: a loader that takes libraries out of a volume (`LD_PRELOAD`) would
 * run a Pod's native code outside of the guest's walls.
 *
 * @module
 */

/** The C library's, the allocator's, Rust's and its runtimes', the engine's, those of profilers that it can load, and what says where files are. */
const STEERING = new RegExp(
  "^(?:" + [
    "LD_.*|GLIBC_.*|MALLOC_.*|_?RLD_.*|MUSL_.*|GCONV_PATH|GETCONF_DIR|LOCPATH|NLSPATH|LANG|LANGUAGE|LC_.*|TZ|TZDIR",
    "HOSTALIASES|LOCALDOMAIN|RES_OPTIONS|RESOLV_.*|NIS_PATH|.*_TUNABLES",
    "RUST_.*|RUSTC_.*|CARGO_.*|RAYON_.*|TOKIO_.*|WASMTIME_.*|CRANELIFT_.*|WASI_.*|SSL_CERT_(?:FILE|DIR)|.*_PROXY|.*_proxy",
    "INTEL_.*|ITT_.*|VTUNE_.*|JITDUMP.*|OPENVINO_.*|ORT_.*|ONNX.*|CUDA_.*|TORCH_.*",
    "PATH|HOME|PWD|SHELL|USER|LOGNAME|TMP|TEMP|TMPDIR|XDG_.*|TERM|COLUMNS|LINES|NO_COLOR|CLICOLOR.*|FORCE_COLOR",
  ].join("|") + ")$",
);

/** Whether a variable of this name must not be in the engine's own environment. */
export function steersEngine(name: string): boolean {
  return STEERING.test(name);
}
