/**
 * A whole cluster as processes, for end-to-end tests: one server, one agent, the API by fetch, and clients of its services.
 *
 * As root the node runs WASM pods and containers on a pod network; as an ordinary user WASM pods on loopback addresses.
 *
 * @module
 */
import { join } from "node:path";
import { foundTools } from "../../src/testing/needs.ts";
import { makeImage } from "../../tools/make_image.ts";
import { runCommand, type Running, TestCluster } from "../support/cluster.ts";
import type { Any } from "./objects.ts";

/** Whether the node under test has network namespaces and containers. */
export const IS_ROOT = Deno.build.os === "linux" && Deno.uid() === 0;

/** Whether the node runs containers. */
export const HAS_CONTAINERS = IS_ROOT &&
  typeof foundTools().containerd === "string";

/** Ranges of a cluster whose node is an ordinary user's. */
export const LOOPBACK_RANGES = [
  "--cluster-cidr",
  "127.64.0.0/16",
  "--service-cidr",
  "127.96.0.0/16",
];

/** How long one call of the API may take. */
const CALL_TIMEOUT_MS = 20_000;

/** What {@linkcode Rig.open} makes. */
export interface RigOptions {
  /** Images to import; needs containers. */
  readonly images?: readonly ("http-echo" | "busybox")[];
  readonly serverArgs?: readonly string[];
  readonly agentArgs?: readonly string[];
  /** The agent's data folder is a file system of its own, of so many MiB; needs root. @default a folder like others */
  readonly agentFolderMib?: number;
}

/** The cluster. Disposing stops everything, pods too, and removes the folder. */
export class Rig implements AsyncDisposable {
  readonly cluster: TestCluster;
  server!: Running;
  agent!: Running;
  readonly #options: RigOptions;
  #client: Deno.HttpClient | undefined;
  #token = "";

  private constructor(cluster: TestCluster, options: RigOptions) {
    this.cluster = cluster;
    this.#options = options;
  }

  /** Starts server and agent, waits until the node is Ready and has its images. */
  static async open(options: RigOptions = {}): Promise<Rig> {
    const rig = new Rig(await TestCluster.make(), options);
    try {
      if (options.agentFolderMib) await rig.#mountAgentFolder();
      await rig.startServer();
      await rig.startAgent({ join: true });
      for (const name of options.images ?? []) {
        const archive = join(rig.cluster.dir, `${name}.tar`);
        await Deno.writeFile(
          archive,
          await makeImage(name, String(foundTools()["busybox"])),
        );
        const { code, stderr } = await rig.cluster.wherry(
          "image",
          "import",
          archive,
        );
        if (code !== 0) throw new Error(stderr);
      }
      return rig;
    } catch (error) {
      await rig[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Starts the server, or starts it again. */
  async startServer(): Promise<void> {
    this.server = await this.cluster.startServer([
      ...IS_ROOT ? [] : LOOPBACK_RANGES,
      ...this.#options.serverArgs ?? [],
    ]);
    const { token, ca } = await this.cluster.credentials();
    this.#token = token;
    this.#client?.close();
    this.#client = Deno.createHttpClient({ caCerts: [ca] });
  }

  /** Starts the agent, or starts it again; waits until its node is Ready, or with `wait: false` for nothing. */
  async startAgent(
    options: {
      join?: boolean;
      wait?: boolean;
      args?: readonly string[];
    } = {},
  ): Promise<void> {
    const { args = [], ...rest } = options;
    this.agent = await this.cluster.startAgent({
      ...rest,
      args: [
        ...HAS_CONTAINERS ? [] : ["--container-runtime-endpoint", "none"],
        ...this.#options.agentArgs ?? [],
        ...args,
      ],
    });
    if (options.wait === false) return;
    // The node may still be Ready from the agent before; the proxy is what this one starts last.
    await this.until("the agent answers", async () => {
      if (this.agent.ended()) throw new Error(await this.cluster.log("agent"));
      return (await this.agentState())?.proxy !== undefined;
    });
  }

  /** The agent's `/debug/state`; undefined while it starts. */
  async agentState(): Promise<Any> {
    const answer = await fetch("http://127.0.0.1:10248/debug/state")
      .catch(() => undefined);
    if (answer?.ok) return await answer.json();
    await answer?.body?.cancel();
    return undefined;
  }

  /** One call of the API; an object or a Status. */
  async call(method: string, path: string, body?: unknown): Promise<Any> {
    return await (await this.ask(method, path, body)).json();
  }

  /** The answer as text: metrics, logs. @throws {Error} when it is refused */
  async text(path: string): Promise<string> {
    const answer = await this.ask("GET", path);
    if (!answer.ok) throw new Error(await answer.text());
    return await answer.text();
  }

  /** One call of the API; the answer as it came. */
  async ask(method: string, path: string, body?: unknown): Promise<Response> {
    return await fetch(this.cluster.url + path, {
      method,
      headers: {
        authorization: `Bearer ${this.#token}`,
        "content-type": method === "PATCH"
          ? "application/merge-patch+json"
          : "application/json",
      },
      signal: AbortSignal.timeout(CALL_TIMEOUT_MS),
      ...this.#client && { client: this.#client },
      ...body === undefined ? {} : { body: JSON.stringify(body) },
    });
  }

  /** Creates objects in the namespace default. @throws {Error} when one is refused */
  async create(...objects: readonly Any[]): Promise<void> {
    for (const object of objects) {
      const made = await this.call("POST", pathOf(object), object);
      if (made.kind === "Status") throw new Error(made.message);
    }
  }

  /** Objects of the namespace default, for example `list("pods", "app=hello")`. */
  async list(plural: string, selector = ""): Promise<Any[]> {
    const query = selector && `?labelSelector=${encodeURIComponent(selector)}`;
    return (await this.call("GET", `${collection(plural)}${query}`)).items;
  }

  /** One object of the namespace default. */
  get(plural: string, name: string): Promise<Any> {
    return this.call("GET", `${collection(plural)}/${name}`);
  }

  /** Merge-patches an object of the namespace default. */
  patch(plural: string, name: string, patch: unknown): Promise<Any> {
    return this.call("PATCH", `${collection(plural)}/${name}`, patch);
  }

  /** Waits until so many pods with this label are Ready, none is on its way out, and the service in front of them knows. */
  async ready(selector: string, count: number, service?: string) {
    await this.until(`${count} pods ${selector} are ready`, async () => {
      const pods = await this.list("pods", selector);
      return pods.length === count && pods.every(isReady);
    });
    if (!service) return;
    await this.until(`${service} has ${count} endpoints`, async () => {
      const slices = await this.list(
        "endpointslices",
        `kubernetes.io/service-name=${service}`,
      );
      return slices.flatMap(({ endpoints }) => endpoints ?? [])
        .filter(({ conditions }) => conditions.ready).length === count;
    });
  }

  /** Where a service is. */
  async address(service: string): Promise<{ hostname: string; port: number }> {
    const { spec } = await this.get("services", service);
    return { hostname: spec.clusterIP, port: spec.ports[0].port };
  }

  /** Reasons of the events about an object, for example `["Scheduled", "Pulled", …]`. */
  async reasons(name: string): Promise<string[]> {
    return (await this.list("events"))
      .filter(({ involvedObject }) => involvedObject.name === name)
      .map(({ reason }) => reason);
  }

  /** Asks again and again until it is so; the pods are in the error. */
  async until(what: string, isSo: () => Promise<boolean>): Promise<void> {
    try {
      await this.cluster.until(what, isSo);
    } catch (error) {
      const { stdout } = await this.cluster.wherry(
        "get",
        "pods,events",
        "-o",
        "wide",
      );
      throw new Error(`${stdout}\n${(error as Error).message}`);
    }
  }

  /** Ends the agent together with its pods: one that is running, or a new one when the last was killed. */
  async endPods(): Promise<void> {
    await this.agent.stop();
    if (this.server.ended()) await this.startServer();
    await this.startAgent({ args: ["--stop-pods-on-exit"] });
    await this.agent.stop();
  }

  /** The agent's data folder. */
  get agentFolder(): string {
    return join(this.cluster.dir, "agent");
  }

  async #mountAgentFolder(): Promise<void> {
    await Deno.mkdir(this.agentFolder);
    const { code, stderr } = await runCommand("mount", [
      ...["-t", "tmpfs", "-o", `size=${this.#options.agentFolderMib}m`],
      ...["tmpfs", this.agentFolder],
    ]);
    if (code !== 0) throw new Error(stderr);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      if (this.agent) await this.endPods();
    } finally {
      this.#client?.close();
      if (this.#options.agentFolderMib) {
        await runCommand("umount", [this.agentFolder]);
      }
      await this.cluster[Symbol.asyncDispose]();
    }
  }
}

/** Whether a pod is Ready and stays. */
export function isReady({ metadata, status }: Any): boolean {
  return !metadata.deletionTimestamp &&
    (status.conditions ?? []).some(({ type, status }: Any) =>
      type === "Ready" && status === "True"
    );
}

function collection(plural: string): string {
  const group: Record<string, string> = {
    deployments: "/apis/apps/v1",
    replicasets: "/apis/apps/v1",
    endpointslices: "/apis/discovery.k8s.io/v1",
  };
  return `${group[plural] ?? "/api/v1"}/namespaces/default/${plural}`;
}

function pathOf({ kind }: Any): string {
  return collection(`${String(kind).toLowerCase()}s`);
}
