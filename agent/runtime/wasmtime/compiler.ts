/**
 * Compiles modules so that neither the machine's guests nor the agent feel it: a module of 12 MB costs 13 s of processor time. One goes after the other,
 * but none waits long for one that takes long.
 *
 * The compiler reads what strangers wrote. So it runs as a user of its own with no privileges where we are root, and everywhere with the lowest
 * priority and with bounds on its time, its memory and the file that it writes; it ends when nobody waits for it any more, or when the agent does.
 *
 * @module
 */
import { decodeText } from "../../../src/base/bytes.ts";
import type { Host } from "../../../src/base/host.ts";
import {
  cgroupPlan,
  type CgroupVersion,
  cgroupVersion,
  removeCgroups,
} from "../process/cgroup.ts";
import { RuntimeError } from "../runtime.ts";

type CompilerHost = Pick<Host, "disk" | "processes" | "clock">;

/** What {@linkcode Compiler} works with. */
export interface CompilerOptions {
  /** Folder for what is being made. */
  readonly dir: string;
  /** The compiler's control group, below the root of them; made for each compilation. */
  readonly cgroup: string;
  /** Processor time of one compilation. @default 600 */
  readonly cpuSeconds?: number;
  /** Time of one compilation. @default 1800 */
  readonly wallSeconds?: number;
  /** Of all that run at once, where there are control groups. @default 1 GiB */
  readonly memoryBytes?: number;
  /** After how long, in milliseconds, the next one begins beside one that still runs. @default 10000 */
  readonly patienceMs?: number;
}

/** One compilation. */
export interface CompileRequest {
  /** The engine's command line. */
  readonly program: string;
  readonly source: string;
  /** Where the result appears, whole or not at all, and on the medium. */
  readonly target: string;
  /** For messages. */
  readonly name: string;
  readonly signal?: AbortSignal;
}

/** How much is read of what the compiler says. */
const LOG_BYTES = 16 * 1024;

const CPU_SECONDS = 600;
const PATIENCE_MS = 10_000;

/** How many run at once at most. */
const MOST_AT_ONCE = 3;
const WALL_SECONDS = 1800;
const MEMORY_BYTES = 1024 ** 3;

/** The largest file that a compilation may write: no artifact that is taken comes near. */
const CODE_MIB = 2048;

/** Whom the compiler runs as: neither a guest's user nor one that owns files. */
const USER = 65533;

/** An eighth of what a container without a request has: where all want the processors, a compilation gets its tenth and ends some day. */
const SHARES = 128;

/** How often the script looks whether the agent is still there, in seconds; only while it compiles. */
const LOOK_SECONDS = 1;

/**
 * C_*: what the options say. The source is file 7 and the result file 9, so that a user who may enter none of our folders can use them.
 *
 * Half of the processors are left alone: where there are neither control groups nor groups of sessions, a priority is all that bounds it.
 */
const SCRIPT = `
child= told=
trap 'told=1; [ -z "$child" ] || kill -KILL $child' TERM
umask 077
true >"$C_DRAFT" && exec 7<"$C_SOURCE" 8<"$C_PROGRAM" 9<>"$C_DRAFT" || exit 1
[ -z "$C_USER" ] || chmod 666 "$C_DRAFT"
(
  echo 19 >/proc/self/autogroup
  for group in $C_CGROUPS; do mkdir -p "$group" && echo 0 >"$group/cgroup.procs"; done
  while read -r path value; do [ -z "$path" ] || echo "$value" >"$path"; done <<END
$C_LIMITS
END
  exec 2>"$C_DRAFT.log"
  ulimit -c 0
  ulimit -t "$C_CPU"
  ulimit -f "$C_BLOCKS"
  ulimit -v "$C_VIRTUAL"
  RAYON_NUM_THREADS=$((($(nproc || echo 1) + 1) / 2))
  export RAYON_NUM_THREADS
  exec nice -n 19 $C_USER /proc/self/fd/8 compile -C cache=n -o /proc/self/fd/9 /proc/self/fd/7
) 2>/dev/null &
child=$!
[ -z "$told" ] || kill -KILL $child
(
  exec 7<&- 8<&- 9<&- >/dev/null 2>&1
  left=$C_WALL
  while [ $left -gt 0 ] && kill -0 $C_AGENT; do sleep ${LOOK_SECONDS}; left=$((left - ${LOOK_SECONDS})); done
  [ $left -gt 0 ] || echo timeout >>"$C_DRAFT.log"
  kill -KILL $child
) &
watcher=$!
while :; do
  wait $child
  code=$?
  kill -0 $child || break
done 2>/dev/null
kill $watcher
[ -z "$C_CGROUPS" ] || rmdir $C_CGROUPS
[ $code = 0 ] || exit $code
[ -s "$C_DRAFT" ] || exit 1
chmod 644 "$C_DRAFT" && sync "$C_DRAFT" && mv "$C_DRAFT" "$C_TARGET"
`;

/** See the module. */
export class Compiler {
  readonly #host: CompilerHost;
  readonly #options: CompilerOptions;
  /** Those that run, by when they began. */
  readonly #running = new Map<number, number>();
  /** The last that waits for its turn. */
  #last: Promise<void> = Promise.resolve();
  /** Wakes the first that waits. */
  #wake: () => void = () => {};
  #count = 0;
  #cgroups: { version: CgroupVersion } | undefined;

  constructor(host: CompilerHost, options: CompilerOptions) {
    this.#host = host;
    this.#options = options;
  }

  /**
   * Compiles when its turn has come.
   *
   * @throws {RuntimeError} `ErrImagePull` with the engine's reason; the signal's reason
   */
  async compile(request: CompileRequest): Promise<void> {
    const id = ++this.#count;
    const turn = this.#last.then(() => this.#waitForTurn(id, request.signal));
    this.#last = turn.catch(() => {});
    await turn;
    try {
      await this.#compile(request, id);
    } finally {
      this.#running.delete(id);
      this.#wake();
    }
  }

  /** Resolves when nothing runs, or all that runs has had its time and there is room for one more. Only the first of those that wait is in here. */
  async #waitForTurn(id: number, signal?: AbortSignal): Promise<void> {
    const { clock } = this.#host;
    const { patienceMs = PATIENCE_MS } = this.#options;
    for (;;) {
      signal?.throwIfAborted();
      const nowMs = clock.monotonicMs();
      const youngest = Math.max(...this.#running.values());
      const waitMs = this.#running.size === 0
        ? 0
        : this.#running.size >= MOST_AT_ONCE
        ? Infinity
        : youngest + patienceMs - nowMs;
      if (waitMs <= 0) {
        this.#running.set(id, nowMs);
        return;
      }
      const { promise: woken, resolve } = Promise.withResolvers<void>();
      this.#wake = resolve;
      signal?.addEventListener("abort", () => resolve(), { once: true });
      const timer = waitMs < Infinity
        ? clock.after(waitMs, resolve)
        : undefined;
      await woken;
      timer?.cancel();
    }
  }

  async #compile(request: CompileRequest, id: number): Promise<void> {
    const { disk } = this.#host;
    const draft = `${this.#options.dir}/draft-${id}`;
    try {
      const code = await this.#run(request, draft);
      request.signal?.throwIfAborted();
      if (code === 0) return;
      // It may quote megabytes of the file.
      const log = await disk.readAt(`${draft}.log`, {
        offset: 0,
        length: LOG_BYTES,
      }).then(decodeText, () => "");
      throw new RuntimeError(
        "ErrImagePull",
        `Can not compile "${request.name}": ${this.#why(code, log)}`,
      );
    } finally {
      await disk.remove(draft);
      await disk.remove(`${draft}.log`);
    }
  }

  async #run(request: CompileRequest, draft: string): Promise<number> {
    const { processes } = this.#host;
    const { memoryBytes = MEMORY_BYTES } = this.#options;
    const groups = await this.#groups();
    const process = await processes.start("setsid", {
      args: ["/bin/sh", "-c", SCRIPT],
      clearEnv: true,
      env: {
        PATH: "/usr/sbin:/usr/bin:/sbin:/bin:/usr/local/sbin:/usr/local/bin",
        C_DRAFT: draft,
        C_SOURCE: request.source,
        C_TARGET: request.target,
        C_PROGRAM: request.program,
        C_AGENT: String(processes.selfPid),
        C_CPU: String(this.#options.cpuSeconds ?? CPU_SECONDS),
        C_WALL: String(this.#options.wallSeconds ?? WALL_SECONDS),
        C_BLOCKS: String(CODE_MIB * 2048),
        // the program itself and what it reserves come on top of what it uses
        C_VIRTUAL: String(Math.ceil(memoryBytes / 1024) + 1024 * 1024),
        C_USER: processes.uid === 0
          ? `setpriv --reuid=${USER} --regid=${USER} --clear-groups --no-new-privs --inh-caps=-all --bounding-set=-all`
          : "",
        ...groups,
      },
    });
    const kill = () => process.signal("SIGTERM");
    request.signal?.addEventListener("abort", kill);
    try {
      return await process.exited;
    } finally {
      request.signal?.removeEventListener("abort", kill);
      if (groups["C_CGROUPS"]) {
        await removeCgroups(this.#host, this.#cgroups?.version, [
          this.#options.cgroup,
        ]);
      }
    }
  }

  /** A small share of the processors: the rest only while nobody else wants it. */
  async #groups(): Promise<Record<string, string>> {
    const { cgroup, memoryBytes = MEMORY_BYTES } = this.#options;
    this.#cgroups ??= {
      version: await cgroupVersion(this.#host, `${cgroup}.probe`),
    };
    const plan = cgroupPlan(this.#cgroups.version, cgroup, {
      memoryLimitBytes: memoryBytes,
      cpuShares: SHARES,
    });
    return {
      C_CGROUPS: plan?.folders.join(" ") ?? "",
      C_LIMITS: plan?.writes.map(({ path, value }) => `${path} ${value}\n`)
        .join("") ?? "",
    };
  }

  #why(code: number, log: string): string {
    const {
      cpuSeconds = CPU_SECONDS,
      wallSeconds = WALL_SECONDS,
      memoryBytes = MEMORY_BYTES,
    } = this.#options;
    if (/^timeout$/m.test(log)) return `it took longer than ${wallSeconds} s`;
    const reason = reasonOf(log);
    if (
      /memory allocation .* failed|out of memory/i.test(log) || code === 134
    ) {
      return `it needs more than ${memoryBytes / 1024 ** 2} MiB of memory`;
    }
    if (reason) return reason;
    if (code === 128 + 25) return `it becomes more than ${CODE_MIB} MiB`;
    if (code === 128 + 24 || code === 128 + 9) {
      return `it needs more than ${
        memoryBytes / 1024 ** 2
      } MiB of memory or ${cpuSeconds} s of processor time`;
    }
    return `the engine's compiler ended with ${code}`;
  }
}

/** wasmtime's error without its heading: the causes, in one line. */
function reasonOf(log: string): string {
  const [text = ""] = log.split("\nStack backtrace:");
  return text.split("\n").map((line) =>
    line.trim().replace(/^(Error:|Caused by:|\d+:)\s*/, "")
  ).filter(Boolean).slice(0, 6).join(": ");
}
