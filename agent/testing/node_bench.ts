/**
 * A real server and a real agent in one process, over real sockets, with pods on the scripted runtime.
 *
 * @module
 */
import type { Pod } from "../../src/api/core/pod.ts";
import { publicKeyHash } from "../../src/base/certificates.ts";
import type { Host } from "../../src/base/host.ts";
import { makeRealHost } from "../../src/base/real_host.ts";
import type { Client } from "../../src/client/client.ts";
import { HttpTransport } from "../../src/client/http_transport.ts";
import { PODS, SECRETS } from "../../src/client/resources.ts";
import { RestClient } from "../../src/client/rest_client.ts";
import { type RunningServer, startServer } from "../../src/server_main.ts";
import { type Agent, type AgentOptions, startAgent } from "../main.ts";
import {
  type ContainerScript,
  FakeMachine,
  FakeRuntime,
} from "../runtime/fake/mod.ts";

const TOKEN_ID = "abcdef";
const TOKEN_SECRET = "0123456789abcdef";
/** How long, in milliseconds, something may take before a test has failed. */
const LIMIT_MS = 20_000;

/** One server, one node. The server can be stopped and started again on the same address. */
export class NodeBench implements AsyncDisposable {
  readonly host: Host & Disposable;
  readonly machine = new FakeMachine();
  readonly folder: string;
  /** What every container does. */
  script: ContainerScript = {};
  readonly logs: string[] = [];
  #server: RunningServer | undefined;
  #agent: Agent | undefined;
  #port = 0;
  #token = "";
  #client: Client | undefined;

  private constructor(folder: string) {
    this.folder = folder;
    this.host = makeRealHost({ writeLog: (line) => void this.logs.push(line) });
  }

  /** Starts the server and makes a join token. */
  static async open(): Promise<NodeBench> {
    const bench = new NodeBench(await Deno.makeTempDir());
    await bench.startServer();
    await bench.client.create(SECRETS, {
      metadata: {
        name: `bootstrap-token-${TOKEN_ID}`,
        namespace: "kube-system",
      },
      type: "bootstrap.kubernetes.io/token",
      data: {
        "token-id": btoa(TOKEN_ID),
        "token-secret": btoa(TOKEN_SECRET),
        "usage-bootstrap-authentication": btoa("true"),
      },
    });
    return bench;
  }

  /** The administrator's client. */
  get client(): Client {
    return this.#client!;
  }

  /** The join token. */
  get token(): string {
    return this.#token;
  }

  /** The running agent. */
  get agent(): Agent {
    return this.#agent!;
  }

  /** URL of the server. */
  get url(): string {
    return `https://127.0.0.1:${this.#port}`;
  }

  /** Starts the server, on the same address as before. */
  async startServer(): Promise<void> {
    const server = await startServer(this.host, {
      dataDir: `${this.folder}/server`,
      listen: { hostname: "127.0.0.1", port: this.#port },
    });
    this.#server = server;
    this.#port = Number(new URL(server.url).port);
    const ca = server.caCertificate;
    this.#token = `${TOKEN_ID}.${TOKEN_SECRET}@${
      publicKeyHash(this.host.crypto, ca)
    }`;
    this.#client = new RestClient(
      new HttpTransport(this.host, {
        server: server.url,
        ca,
        token: server.adminToken,
      }),
    );
  }

  /** Stops the server. */
  async stopServer(): Promise<void> {
    await this.#server?.[Symbol.asyncDispose]();
    this.#server = undefined;
  }

  /** Options with which the bench starts its agent. */
  agentOptions(overrides: Partial<AgentOptions> = {}): AgentOptions {
    return {
      dataDir: `${this.folder}/agent`,
      nodeName: "n1",
      server: this.url,
      token: this.#token,
      nodeIp: "192.0.2.9",
      healthAddress: { hostname: "127.0.0.1", port: 0 },
      contactMs: 300,
      // The disk of the machine that tests run on may be as full as it likes.
      node: { eviction: { thresholds: [] } },
      parts: (host) => ({
        runtimes: [
          new FakeRuntime(host, {
            machine: this.machine,
            script: () => this.script,
          }),
        ],
        defaultRuntime: "fake",
      }),
      ...overrides,
    };
  }

  /** Starts the agent. */
  async startAgent(overrides: Partial<AgentOptions> = {}): Promise<void> {
    this.#agent = await startAgent(this.host, this.agentOptions(overrides));
  }

  /** Stops the agent. */
  async stopAgent(options: { stopPods?: boolean } = {}): Promise<void> {
    await this.#agent?.close(options);
    this.#agent = undefined;
  }

  /** Makes a pod on the node. It mounts no token unless its spec says so: there are no controllers here, and so nothing publishes the authority. */
  async createPod(
    name: string,
    spec: Partial<Pod["spec"]> = {},
  ): Promise<Pod> {
    return await this.client.create(PODS, {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name, namespace: "default" },
      spec: {
        nodeName: "n1",
        automountServiceAccountToken: false,
        containers: [{ name: "app", image: "app" }],
        ...spec,
      },
    });
  }

  /** The pod, as the API has it. */
  pod(name: string): Promise<Pod> {
    return this.client.get(PODS, { name, namespace: "default" });
  }

  /** What runs on the machine. */
  running(): string[] {
    return this.machine.running(Date.now());
  }

  /** Waits until the answer is truthy. */
  async until<T>(what: string, ask: () => T | Promise<T>): Promise<T> {
    const deadline = Date.now() + LIMIT_MS;
    for (;;) {
      let last: unknown;
      try {
        const answer = await ask();
        if (answer) return answer;
      } catch (error) {
        last = error;
      }
      if (Date.now() > deadline) {
        throw new Error(`It did not come so far: ${what}`, { cause: last });
      }
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stopAgent();
    await this.stopServer();
    this.host[Symbol.dispose]();
    await Deno.remove(this.folder, { recursive: true });
  }
}
