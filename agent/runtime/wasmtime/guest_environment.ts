/**
 * How variables get to a guest.
 *
 * A bare `--env NAME` gives the guest the engine's own variable, which nobody else on the machine sees. That cannot be done with names that mean something
 * to the engine's process itself: with them a Pod would steer it, past the guest's walls. Their values have to stand on the command line.
 *
 * @module
 */

/**
 * What wasmtime's process reads. Found by looking at what it asks for (`getenv`, all starts and requests of version 49): nothing but these; a proxy, a home
 * or a locale it does not want. The loader's and the C library's are asked for in other ways, so all of theirs are here.
 */
const STEERING = new RegExp(
  "^(?:" + [
    "LD_.*|GLIBC_.*|MALLOC_.*|_?RLD_.*|MUSL_.*|.*_TUNABLES|GCONV_PATH|GETCONF_DIR|LOCPATH|NLSPATH|NIS_PATH",
    "HOSTALIASES|LOCALDOMAIN|RES_OPTIONS|RESOLV_.*",
    "RUST_.*|RAYON_.*|TOKIO_.*|WASMTIME_.*|CRANELIFT_.*|NO_COLOR|ITT_.*|INTEL_.*|VTUNE_.*|JITDUMP.*",
    "TMPDIR|TZDIR", // removed or obeyed by the loader in some modes
  ].join("|") + ")$",
);

/** Whether a variable of this name must not be in the engine's own environment. */
export function steersWasmtime(name: string): boolean {
  return STEERING.test(name);
}

/** What of the environment goes which way. A later variable of the same name wins, as for containers. */
export function guestEnvironment(
  env: readonly { readonly name: string; readonly value: string }[],
): {
  /** The engine's own environment. */
  readonly own: [name: string, value: string][];
  readonly args: string[];
} {
  const variables = [...new Map(env.map(({ name, value }) => [name, value]))];
  return {
    own: variables.filter(([name]) => !steersWasmtime(name)),
    args: variables.flatMap(([name, value]) => [
      "--env",
      steersWasmtime(name) ? `${name}=${value}` : name,
    ]),
  };
}
