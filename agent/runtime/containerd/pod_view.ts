/**
 * What a CRI runtime has of our pods, with as few calls as can be: two for all pods together, and one more for each thing that
 * lists do not tell and that may have changed (a sandbox's addresses never do, nor does the start of a container).
 *
 * @module
 */

import type { Clock } from "../../../src/base/host.ts";
import type { ContainerStatus, SandboxStatus } from "../runtime.ts";
import { toContainerStatus } from "./container_config.ts";
import {
  type Container,
  ContainerState,
  type PodSandbox,
  PodSandboxState,
  RuntimeService,
} from "./gen/cri_pb.ts";
import type { GrpcChannel } from "./grpc_channel.ts";
import { isGrpc } from "./grpc_error.ts";
import { OWN } from "./labels.ts";
import { addressesOf, toSandboxStatus } from "./sandbox_config.ts";

const { method } = RuntimeService;

/** An exit's reason may still change to OOMKilled for a moment: the kernel's notice takes another way than the exit. */
const EXIT_SETTLED_MS = 10_000;

/** Reads sandboxes and containers. */
export class PodView {
  readonly #channel: GrpcChannel;
  readonly #clock: Pick<Clock, "now">;
  /** By sandbox id. */
  readonly #addresses = new Map<string, readonly string[]>();
  /** By container id; good while the list shows the same state. */
  readonly #containers = new Map<
    string,
    { state: ContainerState; status: ContainerStatus }
  >();

  /** By container id. */
  readonly #logPaths = new Map<string, string>();

  constructor(channel: GrpcChannel, clock: Pick<Clock, "now">) {
    this.#channel = channel;
    this.#clock = clock;
  }

  /** All sandboxes that the agent made. */
  async all(): Promise<SandboxStatus[]> {
    const [{ items }, { containers }] = await Promise.all([
      this.#channel.unary(method.listPodSandbox, {
        filter: { labelSelector: { ...OWN } },
      }),
      this.#channel.unary(method.listContainers, {
        filter: { labelSelector: { ...OWN } },
      }),
    ]);
    keepOnly(this.#addresses, items);
    keepOnly(this.#containers, containers);
    keepOnly(this.#logPaths, containers);
    return await this.#join(items, containers);
  }

  /** One sandbox, undefined when it is gone. */
  async one(id: string): Promise<SandboxStatus | undefined> {
    const [{ items }, { containers }] = await Promise.all([
      this.#channel.unary(method.listPodSandbox, { filter: { id } }),
      this.#channel.unary(method.listContainers, {
        filter: { podSandboxId: id },
      }),
    ]);
    return (await this.#join(items, containers))[0];
  }

  /** Ids of all sandboxes that the agent made. */
  async ids(): Promise<string[]> {
    const { items } = await this.#channel.unary(method.listPodSandbox, {
      filter: { labelSelector: { ...OWN } },
    });
    return items.map((item) => item.id);
  }

  /** One container, undefined when it is gone. */
  async container(id: string): Promise<ContainerStatus | undefined> {
    const { containers } = await this.#channel.unary(method.listContainers, {
      filter: { id },
    });
    return containers[0] && await this.#status(containers[0]);
  }

  /** Log files of the containers that run. */
  async runningLogs(): Promise<{ id: string; path: string }[]> {
    const { containers } = await this.#channel.unary(method.listContainers, {
      filter: {
        labelSelector: { ...OWN },
        state: { state: ContainerState.CONTAINER_RUNNING },
      },
    });
    const logs: { id: string; path: string }[] = [];
    for (const { id } of containers) {
      const path = await this.logPath(id);
      if (path) logs.push({ id, path });
    }
    return logs;
  }

  /** A container's log file, undefined when it has none or is gone. */
  async logPath(id: string): Promise<string | undefined> {
    const known = this.#logPaths.get(id);
    if (known) return known;
    try {
      const { status } = await this.#channel.unary(method.containerStatus, {
        containerId: id,
      });
      if (status?.logPath) this.#logPaths.set(id, status.logPath);
      return status?.logPath || undefined;
    } catch (error) {
      if (isGrpc(error, "NotFound")) return undefined;
      throw error;
    }
  }

  /** One after the other, so that a node with many pods needs little memory for it. */
  async #join(
    sandboxes: readonly PodSandbox[],
    containers: readonly Container[],
  ): Promise<SandboxStatus[]> {
    const joined: SandboxStatus[] = [];
    for (const sandbox of sandboxes) {
      const statuses: ContainerStatus[] = [];
      for (const container of containers) {
        if (container.podSandboxId !== sandbox.id) continue;
        const status = await this.#status(container);
        if (status) statuses.push(status);
      }
      statuses.sort((a, b) => a.createdAt - b.createdAt);
      joined.push(
        toSandboxStatus(sandbox, {
          ips: await this.#ips(sandbox),
          containers: statuses,
        }),
      );
    }
    return joined;
  }

  async #ips(sandbox: PodSandbox): Promise<readonly string[]> {
    if (sandbox.state !== PodSandboxState.SANDBOX_READY) return [];
    const known = this.#addresses.get(sandbox.id);
    if (known) return known;
    try {
      const { status } = await this.#channel.unary(method.podSandboxStatus, {
        podSandboxId: sandbox.id,
      });
      const ips = addressesOf(status?.network);
      this.#addresses.set(sandbox.id, ips);
      return ips;
    } catch (error) {
      if (isGrpc(error, "NotFound")) return [];
      throw error;
    }
  }

  async #status(container: Container): Promise<ContainerStatus | undefined> {
    const { id, state } = container;
    const known = this.#containers.get(id);
    if (known?.state === state) return known.status;
    try {
      const told = await this.#channel.unary(method.containerStatus, {
        containerId: id,
      });
      if (!told.status) return undefined;
      const status = toContainerStatus(told.status, container.podSandboxId);
      const settled = status.finishedAt === undefined ||
        this.#clock.now() - status.finishedAt > EXIT_SETTLED_MS;
      // What it is by now, which may be more than the list said.
      if (settled) {
        this.#containers.set(id, { state: told.status.state, status });
      }
      return status;
    } catch (error) {
      if (isGrpc(error, "NotFound")) return undefined;
      throw error;
    }
  }
}

function keepOnly(
  cache: Map<string, unknown>,
  there: readonly { id: string }[],
): void {
  const ids = new Set(there.map(({ id }) => id));
  for (const id of cache.keys()) if (!ids.has(id)) cache.delete(id);
}
