/**
 * How variables get to a guest.
 *
 * The engine's environment is the guest's, but for names that mean something to Deno's own process: with `DENO_V8_FLAGS`, `NODE_OPTIONS` or `LD_PRELOAD` a
 * Pod would steer it, past the guest's walls. Such a variable travels under a name of ours, and the prelude gives it its own name once Deno has started.
 *
 * @module
 */
import type { ContainerConfig } from "../runtime.ts";

/** What names of ours begin with. */
const TRAVEL_PREFIX = "WHERRY_VARIABLE_";

/** What Deno 2.9, its libraries and the loader look up (seen by tracing `getenv`), and what is like it. `NODE_ENV` is for programs alone. */
const STEERING = new RegExp(
  "^(?:" + [
    "LD_.*|GLIBC_.*|MALLOC_.*|_?RLD_.*|MUSL_.*|.*_TUNABLES|GCONV_PATH|GETCONF_DIR|LOCPATH|NLSPATH|NIS_PATH",
    "HOSTALIASES|LOCALDOMAIN|RES_OPTIONS|RESOLV_.*|LANG|LANGUAGE|LC_.*|TZ|TZDIR",
    "DENO.*|NODE_(?!ENV$).*|NPM_.*|npm_.*|JSR_.*|OTEL_.*|V8_.*|UV_.*|ICU_.*",
    "OPENSSL_.*|SSL.*|SIMDUTF_.*|SQLITE_.*|RUST_.*|RAYON_.*|TOKIO_.*|WGPU_.*|VK_.*|.*_PROXY|.*_proxy",
    "CI|COMPLETE|REQUEST_METHOD|TMUX|TERM|COLORTERM|NO_COLOR|FORCE_COLOR|CLICOLOR.*|COLUMNS|LINES",
    `PATH|HOME|PWD|SHELL|USER|LOGNAME|TMP|TEMP|TMPDIR|XDG_.*|${TRAVEL_PREFIX}.*`,
  ].join("|") + ")$",
);

/** Names that a permission can be given for: no comma, which parts names, and no star, which stands for others. */
const PLAIN = /^[A-Za-z_.-][A-Za-z0-9_.-]*$/;

/** Where Deno goes on looking while it runs, so that a guest who sets them would reach what it may not. */
const PROXIES = /_proxy$/i;

/** Like these for files, which Deno reads or writes without asking for a permission. */
const FILES =
  /^(?:DENO.*|NODE_EXTRA_CA_CERTS|SSL.*|SQLITE_.*|OTEL_.*|TMP|TEMP|TMPDIR|HOME|XDG_.*)$/;

/** Settings of the engine: it keeps nothing on the disk, prints no colours, and asks nobody for newer versions. */
const OWN: readonly [string, string][] = [
  ["DENO_DIR", "/dev/null/none"],
  ["DENO_NO_PACKAGE_JSON", "1"],
  ["DENO_NO_UPDATE_CHECK", "1"],
  ["NO_COLOR", "1"],
];

/** What of the environment goes which way. */
export interface GuestEnvironment {
  /** The engine's whole environment. */
  readonly env: readonly (readonly [name: string, value: string])[];
  /** What the guest may read and set by permission. */
  readonly allowed: readonly string[];
  /** Names in the engine's environment that the prelude reads and removes, in order. */
  readonly travelling: readonly string[];
}

/**
 * Sorts variables. A later one of the same name wins, as for containers.
 *
 * @param options.isNetNarrow whether the guest may connect to some hosts only
 * @param options.hasRoot whether the process sees nothing of the machine's files
 */
export function guestEnvironment(
  env: ContainerConfig["env"],
  options: { readonly isNetNarrow: boolean; readonly hasRoot: boolean },
): GuestEnvironment {
  const variables = [...new Map(env.map(({ name, value }) => [name, value]))];
  const own: [string, string][] = [...OWN];
  const allowed: string[] = [];
  const travelling: string[] = [];
  for (const [name, value] of variables) {
    const isShown = !PLAIN.test(name) ||
      options.isNetNarrow && PROXIES.test(name) ||
      !options.hasRoot && FILES.test(name);
    if (!isShown) allowed.push(name);
    if (!isShown && !STEERING.test(name)) {
      own.push([name, value]);
      continue;
    }
    const place = `${TRAVEL_PREFIX}${travelling.length}`;
    travelling.push(place);
    own.push([place, `${isShown ? "show" : "set"} ${name}=${value}`]);
  }
  return { env: own, allowed, travelling };
}
