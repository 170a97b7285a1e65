/**
 * Holds a machine that goes down back until its pods have ended, as systemd offers it.
 *
 * @module
 * @see {@link https://systemd.io/INHIBITOR_LOCKS/}
 */
import { messageOf } from "../../src/base/errors.ts";
import type { ChildProcess, Host } from "../../src/base/host.ts";
import { DbusConnection } from "./dbus.ts";
import { DBUS_TYPES } from "./dbus_message.ts";
import type { NodeShutdown } from "./shutdown.ts";

const LOGIND = "org.freedesktop.login1";
const MANAGER = "org.freedesktop.login1.Manager";
const SIGNAL = "PrepareForShutdown";

/** How long, in milliseconds, until the bus is tried again. */
const RETRY_MS = 30_000;

/** Where systemd reads how long a machine may be held back; ours is one of many files. */
const LIMIT_FILE = "/etc/systemd/logind.conf.d/99-wherry.conf";

/** What a {@linkcode ShutdownWatch} works with. */
export interface ShutdownWatchOptions {
  readonly shutdown: Pick<
    NodeShutdown,
    "begin" | "cancel" | "totalSeconds"
  >;
  /** The socket of the bus. @default the machine's */
  readonly busPath?: string;
}

/** Watches for the machine's shutdown. Without systemd there is nothing to watch, and the signal that ends the agent has to do. */
export class ShutdownWatch {
  readonly #host: Host;
  readonly #options: ShutdownWatchOptions;
  #lock: ChildProcess | undefined;
  #isThere = false;

  constructor(host: Host, options: ShutdownWatchOptions) {
    this.#host = host;
    this.#options = options;
  }

  /** Works until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    try {
      while (!signal.aborted) {
        try {
          await this.#watch(signal);
        } catch (error) {
          if (signal.aborted) return;
          this.#host.log("info", "The machine's shutdown cannot be held back", {
            error: messageOf(error),
          });
        }
        if (!this.#isThere) return; // a machine without systemd does not get it
        await this.#host.clock.sleep(RETRY_MS, signal);
      }
    } finally {
      this.#release();
    }
  }

  async #watch(signal: AbortSignal): Promise<void> {
    const { shutdown, busPath } = this.#options;
    using bus = await DbusConnection.open(this.#host, busPath);
    this.#isThere = true;
    const close = () => bus[Symbol.dispose]();
    signal.addEventListener("abort", close, { once: true });
    try {
      // Signals of that name may come from anybody; those of systemd count.
      await bus.callBus(
        "AddMatch",
        `type='signal',sender='${LOGIND}',interface='${MANAGER}',member='${SIGNAL}'`,
      );
      await this.#allowTime();
      await this.#hold();
      for await (const { type, member, body: [isGoing] } of bus.messages()) {
        if (type !== DBUS_TYPES.signal || member !== SIGNAL) continue;
        if (isGoing) {
          await shutdown.begin();
          this.#release();
        } else {
          shutdown.cancel();
          await this.#hold();
        }
      }
    } finally {
      signal.removeEventListener("abort", close);
    }
  }

  /** systemd waits five seconds for all that hold it back unless it is told otherwise. */
  async #allowTime(): Promise<void> {
    const { disk, processes } = this.#host;
    const { totalSeconds } = this.#options.shutdown;
    const { code, stdout } = await processes.run("busctl", {
      args: [
        ...["get-property", LOGIND, "/org/freedesktop/login1", MANAGER],
        "InhibitDelayMaxUSec",
      ],
    });
    const microseconds = Number(/^t (\d+)/.exec(stdout)?.[1] ?? NaN);
    if (code !== 0 || microseconds >= totalSeconds * 1e6) return;
    await disk.mkdir(LIMIT_FILE.slice(0, LIMIT_FILE.lastIndexOf("/")));
    await disk.writeAtomic(
      LIMIT_FILE,
      `# Written by wherry: its pods may take so long to end.\n[Login]\nInhibitDelayMaxSec=${totalSeconds}\n`,
    );
    await processes.run("systemctl", {
      args: ["kill", "--signal=HUP", "systemd-logind"],
    });
  }

  /** The lock is a process': it ends with us, or when we let it go. */
  async #hold(): Promise<void> {
    if (this.#lock) return;
    const { processes } = this.#host;
    this.#lock = await processes.start("systemd-inhibit", {
      args: [
        ...["--what=shutdown", "--mode=delay", "--who=wherry"],
        "--why=Pods need time to end",
        ...["tail", "-s", "10", `--pid=${processes.selfPid}`],
        ...["-f", "/dev/null"],
      ],
    });
  }

  #release(): void {
    this.#lock?.signal("SIGTERM");
    this.#lock = undefined;
  }
}
