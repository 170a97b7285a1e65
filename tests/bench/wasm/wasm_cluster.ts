/**
 * A server and one node for the benchmarks of WASM pods, and their API as these need it: pods by the hundred and one watch over all of them.
 *
 * @module
 */
import { join } from "node:path";
import { setup } from "../../../tools/setup.ts";
import {
  runCommand,
  type Running,
  TestCluster,
} from "../../support/cluster.ts";

/** The guest: a wasi:http component that answers with its `POD_NAME`. */
export const GUEST = new URL(
  "../../../wasm/http_echo/http_echo.wat",
  import.meta.url,
).pathname;

/** The guest's port. */
export const PORT = 8080;

/** How long, in milliseconds, pods may take to come or go before the benchmark gives up. */
const PATIENCE_MS = 600_000;

/** What is read of a Pod. */
export interface SeenPod {
  readonly metadata: {
    readonly name: string;
    readonly uid: string;
    readonly deletionTimestamp?: string;
  };
  readonly status?: {
    readonly phase?: string;
    readonly podIP?: string;
    readonly containerStatuses?: readonly {
      readonly ready?: boolean;
      readonly restartCount?: number;
      readonly state?: { readonly running?: unknown };
    }[];
  };
}

/** Everything that one benchmark runs on. */
export class WasmCluster implements AsyncDisposable {
  readonly cluster: TestCluster;
  readonly server: Running;
  readonly agent: Running;
  /** Path of the engine. */
  readonly wasmtime: string;
  readonly #client: Deno.HttpClient;
  readonly #token: string;
  readonly #watch = new AbortController();
  readonly #pods = new Map<string, SeenPod>();
  #changed = Promise.withResolvers<void>();

  private constructor(
    parts: {
      cluster: TestCluster;
      server: Running;
      agent: Running;
      wasmtime: string;
      token: string;
      ca: string;
    },
  ) {
    this.cluster = parts.cluster;
    this.server = parts.server;
    this.agent = parts.agent;
    this.wasmtime = parts.wasmtime;
    this.#token = parts.token;
    this.#client = Deno.createHttpClient({ caCerts: [parts.ca] });
  }

  /** Starts server and agent; the guest's module is compiled by a first pod. */
  static async start(
    options: {
      readonly say: (line: string) => void;
      readonly serverArgs?: readonly string[];
      readonly agentArgs?: readonly string[];
    },
  ): Promise<WasmCluster> {
    const tools = await setup({ report: options.say });
    await using stack = new AsyncDisposableStack();
    const cluster = stack.use(await TestCluster.make());
    Deno.env.set("PATH", `${tools.binDir}:${Deno.env.get("PATH")}`);
    const server = await cluster.startServer(options.serverArgs);
    const agent = await cluster.startAgent({
      join: true,
      args: [
        "--stop-pods-on-exit",
        ...["--container-runtime-endpoint", "none"],
        ...options.agentArgs ?? [],
      ],
    });
    const made = new WasmCluster({
      cluster,
      server,
      agent,
      wasmtime: tools.wasmtime!,
      ...await cluster.credentials(),
    });
    await made.#follow();
    await made.create(["warm-up"]);
    await made.until((pods) => isRunning(pods.get("warm-up")));
    await made.remove(["warm-up"]);
    stack.move();
    return made;
  }

  /** The pods as the watch last told of them, by name. */
  get pods(): ReadonlyMap<string, SeenPod> {
    return this.#pods;
  }

  /** Resolves when it is so; looked at after each change. @throws {Error} with the agent's log after ten minutes */
  async until(
    isSo: (pods: ReadonlyMap<string, SeenPod>) => boolean,
  ): Promise<void> {
    const deadline = performance.now() + PATIENCE_MS;
    while (!isSo(this.#pods)) {
      if (performance.now() > deadline) {
        throw new Error(`Gave up waiting\n${await this.cluster.log("agent")}`);
      }
      let timer: ReturnType<typeof setTimeout> | undefined;
      const late = new Promise<void>((resolve) =>
        timer = setTimeout(resolve, 1_000)
      );
      await Promise.race([this.#changed.promise, late]);
      clearTimeout(timer);
    }
  }

  /** Creates pods of the guest, a few requests at a time; does not wait for them. */
  async create(
    names: readonly string[],
    change: (name: string) => PodChange = () => ({}),
  ): Promise<void> {
    await eightAtOnce(names, async (name) => {
      const answer = await this.call(
        "POST",
        "/api/v1/namespaces/default/pods",
        podOf(name, change(name)),
      );
      await answer.body?.cancel();
    });
  }

  /** Deletes pods and waits until none of them is there. */
  async remove(names: readonly string[]): Promise<void> {
    await eightAtOnce(names, async (name) => {
      const answer = await this.call(
        "DELETE",
        `/api/v1/namespaces/default/pods/${name}?gracePeriodSeconds=1`,
      );
      await answer.body?.cancel();
    });
    await this.until((pods) => names.every((name) => !pods.has(name)));
  }

  /** A Service before pods with the label `app`. @returns its address */
  async expose(
    app: string,
    { name = app, annotations = {} }: {
      readonly name?: string;
      readonly annotations?: Readonly<Record<string, string>>;
    } = {},
  ): Promise<string> {
    const answer = await this.call(
      "POST",
      "/api/v1/namespaces/default/services",
      {
        apiVersion: "v1",
        kind: "Service",
        metadata: { name, annotations },
        spec: { selector: { app }, ports: [{ port: 80, targetPort: PORT }] },
      },
    );
    return (await answer.json()).spec.clusterIP;
  }

  /** Asks the API. @throws {Error} with its words */
  async call(method: string, path: string, body?: unknown): Promise<Response> {
    const answer = await fetch(this.cluster.url + path, {
      method,
      headers: {
        authorization: `Bearer ${this.#token}`,
        "content-type": "application/json",
      },
      client: this.#client,
      signal: this.#watch.signal,
      ...body === undefined ? {} : { body: JSON.stringify(body) },
    });
    if (!answer.ok) throw new Error(await answer.text());
    return answer;
  }

  /** Folder of the agent's data. */
  get agentDir(): string {
    return join(this.cluster.dir, "agent");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#watch.abort();
    this.#client.close();
    await this.agent.stop();
    await this.cluster[Symbol.asyncDispose]();
  }

  /** Follows the pods; again from a list when the server has closed the watch, as it does with who reads too slowly. */
  async #follow(): Promise<void> {
    const path = "/api/v1/namespaces/default/pods";
    const list = await (await this.call("GET", path)).json();
    this.#pods.clear();
    for (const object of list.items) this.#take({ type: "ADDED", object });
    const answer = await this.call(
      "GET",
      `${path}?watch=1&resourceVersion=${list.metadata.resourceVersion}`,
    );
    const read = async () => {
      const decoder = new TextDecoder();
      let rest = "";
      for await (const chunk of answer.body!) {
        const lines = (rest + decoder.decode(chunk, { stream: true })).split(
          "\n",
        );
        rest = lines.pop()!;
        for (const line of lines) this.#take(JSON.parse(line));
        this.#changed.resolve();
        this.#changed = Promise.withResolvers();
      }
    };
    read().catch(() => {}).then(() => {
      if (!this.#watch.signal.aborted) return this.#follow();
    }).catch(() => {}); // ends with the cluster
  }

  #take({ type, object }: { type: string; object: SeenPod }): void {
    if (type === "DELETED") this.#pods.delete(object.metadata.name);
    else if (type !== "BOOKMARK") this.#pods.set(object.metadata.name, object);
  }
}

/** What a benchmark wants otherwise in a pod. */
export interface PodChange {
  readonly labels?: Readonly<Record<string, string>>;
}

/** A Pod of the guest. */
export function podOf(name: string, change: PodChange = {}) {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, labels: change.labels ?? {} },
    spec: {
      runtimeClassName: "wasmtime",
      containers: [{
        name: "http",
        image: `file://${GUEST}`,
        ports: [{ containerPort: PORT }],
        env: [{ name: "POD_NAME", value: name }],
        // As pods of people who count on them: without any, the kernel gives them what nobody else wants.
        resources: { requests: { cpu: "1m", memory: "4Mi" } },
      }],
    },
  };
}

/** Whether its container runs. @throws {Error} when it failed */
export function isRunning(pod: SeenPod | undefined): boolean {
  if (pod?.status?.phase === "Failed") {
    throw new Error(`${pod.metadata.name} failed`);
  }
  return pod?.status?.containerStatuses?.[0]?.state?.running !== undefined;
}

/** The guest's module compiled by hand, in a file to be removed. */
export async function compileGuest(wasmtime: string): Promise<string> {
  const compiled = await Deno.makeTempFile({ suffix: ".cwasm" });
  const { code, stderr } = await runCommand(wasmtime, [
    ...["compile", GUEST, "-o", compiled],
  ]);
  if (code !== 0) throw new Error(stderr);
  return compiled;
}

async function eightAtOnce(
  names: readonly string[],
  work: (name: string) => Promise<void>,
): Promise<void> {
  const left = [...names].reverse();
  await Promise.all(Array.from({ length: 8 }, async () => {
    for (let name = left.pop(); name !== undefined; name = left.pop()) {
      await work(name);
    }
  }));
}
