/**
 * The real machine behind the {@linkcode Host} door.
 *
 * @module
 */
import { asError, isAbort } from "./errors.ts";
import type { Host, LogFields, LogLevel } from "./host.ts";
import { RealClock } from "./real/clock.ts";
import { RealCryptography } from "./real/crypto.ts";
import { RealDisk } from "./real/disk.ts";
import { openKv } from "./real/kv.ts";
import { type LogFormat, LogSink } from "./real/log_sink.ts";
import { RealNetwork } from "./real/net.ts";
import { RealProcesses } from "./real/processes.ts";
import { RealRandom } from "./real/random.ts";

/** How a real host behaves. */
export interface RealHostOptions {
  /** The least important level that is logged. @default "info" */
  logLevel?: LogLevel;
  /** What log lines look like. @default "text" */
  logFormat?: LogFormat;
  /** Takes log lines. @default stderr */
  writeLog?: (line: string) => void;
  /** Whether commands are kept from the signals of our terminal; see {@linkcode RealProcesses}. @default false */
  commandsApart?: boolean;
}

/** The {@linkcode Host} of the machine that we run on. Disposing it closes the connections that it kept for later requests. */
export function makeRealHost(options: RealHostOptions = {}): Host & Disposable {
  const clock = new RealClock();
  const random = new RealRandom();
  const sink = new LogSink({
    ...(options.logLevel === undefined ? {} : { level: options.logLevel }),
    ...(options.logFormat === undefined ? {} : { format: options.logFormat }),
    ...(options.writeLog === undefined ? {} : { write: options.writeLog }),
  });
  const log = (level: LogLevel, message: string, fields?: LogFields) =>
    sink.log(clock.now(), level, {
      message,
      ...(fields === undefined ? {} : { fields }),
    });
  const net = new RealNetwork((error) =>
    log("error", "Request failed", { error: asError(error) })
  );
  return {
    clock,
    random,
    crypto: new RealCryptography(random),
    disk: new RealDisk(random),
    net,
    processes: new RealProcesses({ apart: options.commandsApart ?? false }),
    openKv,
    log,
    spawn(name, task) {
      Promise.resolve().then(task).catch((error) => {
        if (isAbort(error)) return;
        log("error", "Background task failed", { task: name, error });
      });
    },
    [Symbol.dispose]: () => net[Symbol.dispose](),
  };
}
