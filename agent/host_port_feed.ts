/**
 * From the pods that are here to the ports of the node that lead to them.
 *
 * @module
 */
import type { Container } from "../src/api/core/container.ts";
import { isSidecar } from "../src/api/core/pod_summary.ts";
import { messageOf } from "../src/base/errors.ts";
import type { Host, Timer } from "../src/base/host.ts";
import type {
  HostPortRanges,
  HostPortRule,
  HostPorts,
} from "./network/host_ports.ts";
import { formatIpv4, parseIpv4 } from "./network/ipv4.ts";
import type { PodRecord } from "./pod/pod_record.ts";

/** First and longest wait, in milliseconds, after the kernel did not take the rules. */
const RETRY_MS = { first: 1_000, longest: 60_000 } as const;

/** What a {@linkcode HostPortFeed} works with. */
export interface HostPortFeedOptions {
  readonly ports: Pick<HostPorts, "apply">;
  readonly records: () => readonly PodRecord[];
  /** Undefined while the node has no range. */
  readonly ranges: () => HostPortRanges | undefined;
}

/** Tells the kernel of every change, and tells it again when it failed. */
export class HostPortFeed implements Disposable {
  readonly #host: Pick<Host, "clock" | "log" | "spawn">;
  readonly #options: HostPortFeedOptions;
  #began = false;
  #closed = false;
  #due = false;
  #last: Promise<void> = Promise.resolve();
  #retry: Timer | undefined;
  #waitMs: number = RETRY_MS.first;

  constructor(
    host: Pick<Host, "clock" | "log" | "spawn">,
    options: HostPortFeedOptions,
  ) {
    this.#host = host;
    this.#options = options;
  }

  /** The pods that were here before are all known: until now, the rules of an agent before us were better than ours. */
  begin(): void {
    this.#began = true;
    this.changed();
  }

  /** Call it when a pod may have come, gone or got another address. Many changes at once are one. */
  changed(): void {
    if (!this.#began || this.#closed || this.#due) return;
    this.#due = true;
    this.#last = this.#last.then(() => this.#apply());
  }

  /** Tells nothing more; the rules stay as they are. */
  [Symbol.dispose](): void {
    this.#closed = true;
    this.#retry?.cancel();
  }

  async #apply(): Promise<void> {
    this.#due = false;
    const ranges = this.#options.ranges();
    if (this.#closed || !ranges) return;
    this.#retry?.cancel();
    try {
      const rules = this.#options.records().flatMap(rulesOf);
      await this.#options.ports.apply(rules, ranges);
      this.#waitMs = RETRY_MS.first;
    } catch (error) {
      this.#host.log("error", "Could not open ports of the node for pods", {
        error: messageOf(error),
      });
      this.#retry = this.#host.clock.after(this.#waitMs, () => this.changed());
      this.#waitMs = Math.min(this.#waitMs * 2, RETRY_MS.longest);
    }
  }
}

/** Of a pod with a network of its own that has not ended. */
export function rulesOf(
  { pod, sandbox, ended }: Pick<PodRecord, "pod" | "sandbox" | "ended">,
): HostPortRule[] {
  const { hostNetwork, containers, initContainers = [] } = pod.spec;
  const podIP = sandbox?.ips.find((ip) => !ip.includes(":"));
  if (hostNetwork || ended || podIP === undefined) return [];
  return [...containers, ...initContainers.filter(isSidecar)]
    .flatMap(({ ports }) => ports ?? [])
    .flatMap((port) => ruleOf(port, podIP));
}

function ruleOf(
  port: NonNullable<Container["ports"]>[number],
  podIP: string,
): HostPortRule[] {
  const { hostPort, hostIP, containerPort, protocol = "TCP" } = port;
  if (!hostPort) return [];
  // The API takes any text here, as Kubernetes does, and rules are text too: only what was read as an address comes to the kernel. The pod network is of
  // version 4 of the protocol only.
  const address = parseIpv4(hostIP || "0.0.0.0");
  if (address === undefined) return [];
  return [{
    hostPort,
    protocol,
    podIP,
    podPort: containerPort,
    ...(address !== 0 && { hostIP: formatIpv4(address) }),
  }];
}
