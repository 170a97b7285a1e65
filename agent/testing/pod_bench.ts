/**
 * A node without link, disk or processes for tests of the pod and container states: the real manager, workers and reporter on the scripted runtime, a virtual
 * clock and the small in-memory API.
 *
 * @module
 */
import type { Pod } from "../../src/api/core/pod.ts";
import { Stopped } from "../../src/base/errors.ts";
import { ResourceInformer } from "../../src/client/informer.ts";
import type { Transport } from "../../src/client/client.ts";
import { PODS } from "../../src/client/resources.ts";
import { RestClient } from "../../src/client/rest_client.ts";
import { FakeApi } from "../../src/testing/fake_api.ts";
import { VirtualHost } from "../../src/testing/virtual_host.ts";
import { Limiter } from "../../src/base/limiter.ts";
import type { PodEvents } from "../container/pod_events.ts";
import { PodManager } from "../pod/pod_manager.ts";
import { NodeProbes } from "../probes/node_probes.ts";
import { makePodServices } from "../pod/pod_services.ts";
import { StatusReporter } from "../pod/status_reporter.ts";
import {
  FakeMachine,
  FakeRuntime,
  type FakeRuntimeOptions,
} from "../runtime/fake/mod.ts";
import type { ConfigSource } from "../volumes/config_source.ts";

/** Name of the bench's node. */
export const NODE_NAME = "node-1";

/** Options of a {@linkcode PodBench}. */
export interface PodBenchOptions {
  readonly runtime?: FakeRuntimeOptions;
  /** Answers probes. */
  readonly probe?: (url: URL) => Response | Promise<Response>;
}

/** An agent's process: what a crash takes away. */
interface Agent {
  /** From here on nothing that it does has an effect, and nothing is answered. */
  dead: boolean;
  readonly stop: AbortController;
  readonly manager: PodManager;
  readonly runtime: FakeRuntime;
}

/** A machine with an API beside it. Agents may come and go on it. */
export class PodBench {
  readonly host: VirtualHost;
  readonly api: FakeApi;
  readonly client: RestClient;
  readonly machine = new FakeMachine();
  /** `Reason container: message`, in order. */
  readonly events: string[] = [];
  /** UIDs whose remains were removed. */
  readonly removed: string[] = [];
  /** UIDs of pods that have files on the machine. */
  readonly folders = new Set<string>();
  readonly #options: PodBenchOptions;
  #agent: Agent | undefined;

  constructor(options: PodBenchOptions = {}) {
    this.#options = options;
    const { probe } = options;
    this.host = new VirtualHost(
      probe && {
        fetch: (request) => Promise.resolve(probe(new URL(request.url))),
      },
    );
    this.api = new FakeApi(this.host);
    this.client = new RestClient(this.api);
  }

  /** The running agent's manager. */
  get manager(): PodManager {
    return this.#agent!.manager;
  }

  /** Whether an agent runs. */
  get running(): boolean {
    return this.#agent !== undefined;
  }

  /** The running agent's runtime. */
  get runtime(): FakeRuntime {
    return this.#agent!.runtime;
  }

  /** Starts an agent on this machine. */
  async start(overrides: FakeRuntimeOptions = {}): Promise<void> {
    const { host } = this;
    const stop = new AbortController();
    const life = { dead: false };
    const asked = { ...this.#options.runtime, ...overrides };
    const runtime = new FakeRuntime(host, {
      ...asked,
      gate: async (call, moment) => {
        await unlessDead(life);
        await asked.gate?.(call, moment);
        await unlessDead(life);
      },
      machine: this.machine,
    });
    const client = new RestClient(mortal(this.api, life));
    const events: PodEvents = {
      event: (_pod, { reason, message, container = "-" }) =>
        void (stop.signal.aborted ||
          this.events.push(`${reason} ${container}: ${message}`)),
    };
    const reporter = new StatusReporter(host, {
      client,
      context: () => ({ now: host.clock.now(), hostIPs: ["192.0.2.1"] }),
      signal: stop.signal,
    });
    const limiter = new Limiter(8);
    const services = makePodServices({
      host,
      dataDir: "/data",
      events,
      source: noConfig,
      limiter,
      probes: new NodeProbes(host, { address: () => "192.0.2.1" }),
      facts: () => ({
        hostIPs: ["192.0.2.1"],
        allocatable: { cpu: "2", memory: "1Gi" },
        memoryBytes: 2 ** 30,
      }),
      services: () => [],
      token: () => Promise.reject(new Error("No tokens in this test")),
      pullAuth: () => Promise.resolve([]),
      runtimeHandler: () => undefined,
      saveFinalStatus: () => Promise.resolve(),
      finish: (record, signal) => reporter.finish(record, signal),
    }, runtime);
    const manager = new PodManager(host, {
      runtimes: [runtime],
      select: () => runtime,
      servicesFor: () => ({
        ...services,
        volumes: {
          mount: async ({ uid }) => {
            await unlessDead(life);
            this.folders.add(uid);
          },
          remove: async (uid) => {
            await unlessDead(life);
            this.removed.push(uid);
            this.folders.delete(uid);
          },
        },
      }),
      onChange: (record) => reporter.changed(record),
      onGone: (record) => reporter.forget(record.uid),
      signal: stop.signal,
    });
    this.#agent = Object.assign(life, { stop, manager, runtime });
    await manager.takeStock();
    const informer = new ResourceInformer<Pod>(host, client, PODS, {
      fieldSelector: `spec.nodeName=${NODE_NAME}`,
    });
    informer.onChange(({ object, previous }) => {
      if (stop.signal.aborted) return;
      const gone = previous && previous.metadata.uid !== object?.metadata.uid;
      if (gone) manager.remove(previous.metadata.uid!);
      if (object) manager.set(object);
    });
    host.spawn("pods", () => informer.run(stop.signal));
    await host.settle();
    const removing = manager.removeOrphans();
    for (const uid of this.folders) {
      if (!manager.get(uid) && !removing.has(uid)) this.folders.delete(uid);
    }
    await host.settle();
  }

  /** Stops the agent as SIGTERM does: pods go on. */
  async stop(): Promise<void> {
    const agent = this.#agent!;
    agent.stop.abort(new Stopped("The agent stops"));
    await agent.manager.close();
    await agent.runtime[Symbol.asyncDispose]();
    this.#agent = undefined;
    await this.host.settle();
  }

  /** Kills the agent: whatever it was in the middle of never comes back. */
  crash(): void {
    const agent = this.#agent!;
    agent.dead = true;
    agent.stop.abort(new Stopped("The agent was killed"));
    void agent.runtime[Symbol.asyncDispose]();
    this.#agent = undefined;
  }

  /** Puts a pod on this node. `spec` is merged over one container `app`. */
  async createPod(
    name: string,
    spec: Partial<Pod["spec"]> = {},
    metadata: Partial<Pod["metadata"]> = {},
  ): Promise<Pod> {
    this.api.put("/api/v1/namespaces/default/pods", {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name, ...metadata } as never,
      spec: {
        nodeName: NODE_NAME,
        restartPolicy: "Always",
        terminationGracePeriodSeconds: 30,
        containers: [{ name: "app", image: "busybox" }],
        ...spec,
      },
      status: { phase: "Pending", qosClass: "BestEffort" },
    });
    await this.host.settle();
    return this.pod(name)!;
  }

  /** The pod as the API has it. */
  pod(name: string): Pod | undefined {
    return this.api.object(`/api/v1/namespaces/default/pods/${name}`);
  }

  /** Deletes a pod as a user does. */
  async deletePod(name: string, gracePeriodSeconds?: number): Promise<void> {
    await this.client.delete(PODS, { name, namespace: "default" }, {
      ...(gracePeriodSeconds !== undefined && { gracePeriodSeconds }),
    });
    await this.host.settle();
  }

  /** The status of a container in the API. */
  // deno-lint-ignore no-explicit-any -- tests read any field
  container(pod: string, name = "app"): any {
    const {
      containerStatuses = [],
      initContainerStatuses = [],
      ephemeralContainerStatuses = [],
    } = this.pod(pod)?.status ?? {};
    return [
      ...containerStatuses,
      ...initContainerStatuses,
      ...ephemeralContainerStatuses,
    ].find((status) => status.name === name);
  }

  /** `True` or `False` of a condition in the API. */
  condition(pod: string, type: string): string | undefined {
    return this.pod(pod)?.status?.conditions?.find((condition) =>
      condition.type === type
    )?.status;
  }
}

/** Never resolves once the agent is dead. */
function unlessDead(life: { dead: boolean }): Promise<void> {
  return life.dead ? new Promise(() => {}) : Promise.resolve();
}

/** An API that does not hear a dead agent. */
function mortal(api: Transport, life: { dead: boolean }): Transport {
  return {
    fetch: async (request) => {
      await unlessDead(life);
      return await api.fetch(request);
    },
  };
}

const noConfig: ConfigSource = {
  configMap: () => Promise.resolve(undefined),
  secret: () => Promise.resolve(undefined),
};
