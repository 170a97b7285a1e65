/**
 * Which kernel parameters a pod may set.
 *
 * @module
 */
import type { Pod } from "../../../src/api/core/pod.ts";
import { type AdmitResult, ADMITTED, type PodAdmitHandler } from "./handler.ts";

/** Namespaced, and without influence on other pods; with the kernel that has them so. */
const SAFE: readonly (readonly [name: string, kernel?: string])[] = [
  ["kernel.shm_rmid_forced"],
  ["net.ipv4.ip_local_port_range"],
  ["net.ipv4.tcp_syncookies"],
  ["net.ipv4.ping_group_range"],
  ["net.ipv4.ip_unprivileged_port_start"],
  ["net.ipv4.ip_local_reserved_ports", "3.16"],
  ["net.ipv4.tcp_keepalive_time", "4.5"],
  ["net.ipv4.tcp_fin_timeout", "4.6"],
  ["net.ipv4.tcp_keepalive_intvl", "4.5"],
  ["net.ipv4.tcp_keepalive_probes", "4.5"],
  ["net.ipv4.tcp_rmem", "4.15"],
  ["net.ipv4.tcp_wmem", "4.15"],
];

/** Parameters of a namespace that has no common prefix. */
const IPC_NAMES: readonly string[] = [
  "kernel.sem",
  "kernel.shmall",
  "kernel.shmmax",
  "kernel.shmmni",
  "kernel.shm_rmid_forced",
  "kernel.shm",
  "kernel.msgmax",
  "kernel.msgmnb",
  "kernel.msgmni",
  "kernel.msg",
];

/** A parameter's name, or how it begins. */
const PATTERN =
  /^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[./])*([a-z0-9][-_a-z0-9]*)?[a-z0-9*]$/;
const MAX_LENGTH = 253;

type Namespace = "IPC" | "Net";

interface Allowed {
  readonly text: string;
  readonly isPrefix: boolean;
  readonly namespace: Namespace;
}

/** Options of {@linkcode SysctlAdmission}. */
export interface SysctlOptions {
  /** The machine's: `6.1.0-18-amd64`. */
  readonly kernelVersion: string;
  /** Names, or beginnings with `*`, of parameters that may be set beside the safe ones: `--allowed-unsafe-sysctls`. @default none */
  readonly allowedUnsafe?: readonly string[];
}

/** Refuses pods that ask for kernel parameters which are not allowed here. */
export class SysctlAdmission implements PodAdmitHandler {
  readonly #allowed: readonly Allowed[];

  /** @throws {Error} when a parameter to allow is malformed, or is known to be the whole machine's */
  constructor({ kernelVersion, allowedUnsafe = [] }: SysctlOptions) {
    const safe = SAFE.filter(([, since]) =>
      since === undefined || isAtLeast(kernelVersion, since)
    ).map(([name]) => name);
    this.#allowed = [...safe, ...allowedUnsafe].map(allow);
  }

  /** @inheritDoc */
  admit({ spec }: Pod): AdmitResult {
    for (const { name } of spec.securityContext?.sysctls ?? []) {
      const problem = this.#problem(normalName(name), spec);
      if (problem !== undefined) {
        return {
          admitted: false,
          reason: "SysctlForbidden",
          message: `forbidden sysctl: ${problem}`,
        };
      }
    }
    return ADMITTED;
  }

  #problem(
    name: string,
    { hostNetwork, hostIPC }: Pod["spec"],
  ): string | undefined {
    const found =
      this.#allowed.find(({ text, isPrefix }) => !isPrefix && text === name) ??
        this.#allowed.find(({ text, isPrefix }) =>
          isPrefix && name.startsWith(text)
        );
    if (!found) return `"${name}" not allowlisted`;
    const { namespace } = found;
    const isHosts = namespace === "IPC" ? hostIPC : hostNetwork;
    return isHosts
      ? `"${name}" not allowed with host ${namespace} enabled`
      : undefined;
  }
}

/**
 * `net.ipv4.conf.eth0/100.rp_filter` may be written with slashes too, and dots and slashes then stand for each other; whichever comes first separates.
 */
export function normalName(name: string): string {
  const first = name.search(/[./]/);
  if (first === -1 || name[first] === ".") return name;
  return name.replace(/[./]/g, (mark) => mark === "." ? "/" : ".");
}

function allow(pattern: string): Allowed {
  if (pattern.length > MAX_LENGTH || !PATTERN.test(pattern)) {
    throw new Error(
      `Can not allow the sysctl "${pattern}": it must have at most ${MAX_LENGTH} characters and be a name or its beginning and "*"`,
    );
  }
  const name = normalName(pattern);
  const star = name.indexOf("*");
  const isPrefix = star !== -1;
  const text = isPrefix ? name.slice(0, star) : name;
  const namespace = namespaceOf(text);
  if (!namespace) {
    throw new Error(
      `Can not allow the sysctl "${pattern}": it is not known to be namespaced`,
    );
  }
  return { text, isPrefix, namespace };
}

function namespaceOf(name: string): Namespace | undefined {
  if (IPC_NAMES.includes(name) || name.startsWith("fs.mqueue.")) return "IPC";
  return name.startsWith("net.") ? "Net" : undefined;
}

function isAtLeast(version: string, least: string): boolean {
  const numbers = (text: string) =>
    (/^\d+(\.\d+)*/.exec(text)?.[0] ?? "0").split(".").map(Number);
  const [major = 0, minor = 0] = numbers(version);
  const [leastMajor = 0, leastMinor = 0] = numbers(least);
  return major > leastMajor || major === leastMajor && minor >= leastMinor;
}
