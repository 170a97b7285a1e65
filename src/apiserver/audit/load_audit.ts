/**
 * An audit log from what the command line says.
 *
 * @module
 */
import type { Host } from "../../base/host.ts";
import { AuditLog } from "./audit_log.ts";
import { parsePolicy } from "./policy.ts";
import {
  type LineSink,
  RotatingFile,
  type RotatingFileOptions,
} from "./rotating_file.ts";

/** Where the policy is and where events go. */
export interface AuditOptions extends Omit<RotatingFileOptions, "path"> {
  /** The policy's file. */
  readonly policyFile: string;
  /** The log's file, absolute; `-` is standard output. */
  readonly logPath: string;
  /** Writes to standard output; needed for `-`. */
  readonly print?: (text: string) => Promise<void>;
}

/** Reads the policy and makes the log. @throws {Error} when the policy cannot be used */
export async function loadAudit(
  host: Host,
  options: AuditOptions,
): Promise<AuditLog> {
  const policy = parsePolicy(await host.disk.readText(options.policyFile));
  return new AuditLog(host, { policy, sink: sinkOf(host, options) });
}

function sinkOf(host: Host, options: AuditOptions): LineSink {
  const { logPath: path, print } = options;
  if (path !== "-") return new RotatingFile(host, { ...options, path });
  if (print === undefined) {
    throw new Error("Cannot write the audit log: there is no standard output");
  }
  // One after another, so that no line ends up in the middle of another.
  let last = Promise.resolve();
  return {
    write: (line) => last = last.then(() => print(`${line}\n`)),
    [Symbol.asyncDispose]: () => last,
  };
}
