/**
 * The API over TLS: how soon it is there, latency of a get beside a bare server, all verbs at one and at fifty clients, lists, fan-out, memory.
 *
 * @module
 */
import h2 from "node:http2";
import tls from "node:tls";
import { TestCluster } from "../support/cluster.ts";
import { fanOut } from "./api/fan_out.ts";
import { lists } from "./api/lists.ts";
import { start } from "./api/start.ts";
import { verbs } from "./api/verbs.ts";
import { rssMb } from "./process_figures.ts";
import {
  atMost,
  type Bench,
  type BenchOptions,
  type Figure,
  percentile,
} from "./report.ts";

const CLIENTS = 20;
/** Goal of the median. */
const GOAL_MS = 2;

/** What kube-apiserver 1.36 takes after such a load, in MB, without etcd. */
const THEIRS_AFTER_MB = 1_100;
/** How long the server rests before its memory is looked at: it hands back what it does not need when it has nothing to do. */
const REST_MS = 70_000;

/** The benchmark `api`. */
export const apiBench: Bench = { name: "api", run };

interface Target {
  readonly url: string;
  readonly ca: string;
  readonly token: string;
}

async function run({ quick, say }: BenchOptions): Promise<Figure[]> {
  await using cluster = await TestCluster.make();
  say("Start on an empty folder");
  const started = await start(cluster);
  const { pid } = started;
  const server = { url: cluster.url, pid, ...await cluster.credentials() };
  const before = await rssMb(pid);
  const figures = [
    ...started.figures,
    ...await besideBare(cluster, { quick, say }),
    ...await verbs(server, { requests: quick ? 100 : 4_000, say }),
    ...await lists(server, { quick, say }),
    ...await fanOut(server, { quick, say }),
  ];
  const after = await rssMb(pid);
  say("Rest");
  await new Promise((resolve) => setTimeout(resolve, quick ? 100 : REST_MS));
  return [
    ...figures,
    atMost({
      name: "server memory, a minute after the load",
      value: await rssMb(pid),
      unit: "MB",
      comparedWith: `before it ${before.toFixed(0)} MB, right after it ${
        after.toFixed(0)
      } MB; kube-apiserver alone ${THEIRS_AFTER_MB} MB after such a load`,
    }, THEIRS_AFTER_MB / 4),
  ];
}

/** Latency of a get beside a server that does nothing else. */
async function besideBare(
  cluster: TestCluster,
  { quick, say }: BenchOptions,
): Promise<Figure[]> {
  const requests = quick ? 200 : 10_000;
  const server = {
    url: cluster.url,
    dataDir: cluster.dir,
    ...await cluster.credentials(),
  };
  const path = "/api/v1/namespaces/default/configmaps/bench";
  const target = { ...server, url: server.url + path };
  await createConfigMap(server);
  const bare = await bareServer(server, 1_400);
  const figures: Figure[] = [];
  try {
    for (
      const [name, load] of [["HTTP/1.1", http1], ["HTTP/2", http2]] as const
    ) {
      say(
        `GET of a 1 KiB ConfigMap, ${name}, ${CLIENTS} clients, ${requests} requests`,
      );
      await load(target, 500); // warm up
      const ours = await load(target, requests);
      await load(bare.target, 500);
      const theirs = await load(bare.target, requests);
      const rate = (result: Result) =>
        Math.round(result.samples.length / result.seconds);
      figures.push(atMost({
        name: `API get over TLS, ${name}, ${CLIENTS} clients: p50`,
        value: percentile(ours.samples, 0.5),
        unit: "ms",
        comparedWith: `bare node:tls answer of the same size: p50 ${
          percentile(theirs.samples, 0.5).toFixed(2)
        } ms, ${rate(theirs)} req/s; ours p99 ${
          percentile(ours.samples, 0.99).toFixed(2)
        } ms, ${rate(ours)} req/s`,
      }, GOAL_MS));
    }
  } finally {
    bare.stop();
  }
  return figures;
}

interface Result {
  readonly samples: number[];
  readonly seconds: number;
}

/** Keep-alive connections, one a client, each sending its next request when it has the answer. Bare sockets: node:https itself would be the limit. */
async function http1(target: Target, requests: number): Promise<Result> {
  const { hostname, port, pathname } = new URL(target.url);
  const request =
    `GET ${pathname} HTTP/1.1\r\nHost: ${hostname}\r\nAuthorization: Bearer ${target.token}\r\n\r\n`;
  const clients = await Promise.all(
    Array.from(
      { length: CLIENTS },
      () =>
        new Promise<RawClient>((resolve, reject) => {
          const socket = tls.connect(
            { host: hostname, port: Number(port), ca: target.ca },
            () => resolve(new RawClient(socket)),
          );
          socket.setNoDelay(true);
          socket.on("error", reject);
        }),
    ),
  );
  try {
    return await spread(requests, (client) => clients[client]!.ask(request));
  } finally {
    for (const client of clients) client.close();
  }
}

/** One HTTP/1.1 connection; knows only answers with a length. */
class RawClient {
  readonly #socket: tls.TLSSocket;
  #text = "";
  #done: ((error?: Error) => void) | undefined;

  constructor(socket: tls.TLSSocket) {
    this.#socket = socket;
    socket.setEncoding("latin1");
    socket.on("data", (text: unknown) => this.#take(String(text)));
    socket.on("close", () => this.#done?.(new Error("closed")));
  }

  ask(request: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#done = (error) => error ? reject(error) : resolve();
      this.#socket.write(request);
    });
  }

  close(): void {
    this.#done = undefined;
    this.#socket.destroy();
  }

  #take(text: string): void {
    this.#text += text;
    const end = this.#text.indexOf("\r\n\r\n");
    if (end < 0) return;
    const length = Number(
      /\r\ncontent-length: (\d+)/i.exec(this.#text.slice(0, end))?.[1],
    );
    if (Number.isNaN(length)) {
      this.#done?.(new Error(`No length in ${this.#text.slice(0, end)}`));
      return;
    }
    if (this.#text.length < end + 4 + length) return;
    const ok = this.#text.startsWith("HTTP/1.1 200");
    this.#text = "";
    this.#done?.(ok ? undefined : new Error("Not 200"));
  }
}

async function http2(target: Target, requests: number): Promise<Result> {
  const { origin, pathname } = new URL(target.url);
  const sessions = Array.from(
    { length: CLIENTS },
    () => h2.connect(origin, { ca: target.ca }),
  );
  try {
    return await spread(
      requests,
      (client) =>
        new Promise<void>((resolve, reject) => {
          const stream = sessions[client]!.request({
            ":path": pathname,
            authorization: `Bearer ${target.token}`,
          });
          let status = 0;
          stream.on("response", (headers) => status = headers[":status"] ?? 0);
          stream.on("data", () => {});
          stream.on(
            "end",
            () =>
              status === 200
                ? resolve()
                : reject(new Error(`Status ${status}`)),
          );
          stream.on("error", reject);
          stream.end();
        }),
    );
  } finally {
    for (const session of sessions) session.destroy();
  }
}

async function spread(
  requests: number,
  one: (client: number) => Promise<void>,
): Promise<Result> {
  const samples: number[] = [];
  const began = performance.now();
  await Promise.all(Array.from({ length: CLIENTS }, async (_, client) => {
    while (samples.length < requests) {
      const start = performance.now();
      await one(client);
      samples.push(performance.now() - start);
    }
  }));
  return { samples, seconds: (performance.now() - began) / 1000 };
}

async function createConfigMap(
  server: { url: string; token: string; ca: string },
): Promise<void> {
  using client = Deno.createHttpClient({ caCerts: [server.ca] });
  const answer = await fetch(
    `${server.url}/api/v1/namespaces/default/configmaps`,
    {
      client,
      method: "POST",
      headers: {
        authorization: `Bearer ${server.token}`,
        "content-type": "application/json",
      },
      body: JSON.stringify({
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { name: "bench" },
        data: { text: "x".repeat(1024) },
      }),
    },
  );
  if (answer.status !== 201) throw new Error(await answer.text());
  await answer.body?.cancel();
}

/** The floor: a process of its own that answers the same number of bytes over the same TLS, with nothing behind it. */
async function bareServer(
  server: { dataDir: string },
  bytes: number,
): Promise<{ target: Target; stop: () => void }> {
  const script = new URL("./bare_server.ts", import.meta.url).pathname;
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "-A",
      "--quiet",
      script,
      `${server.dataDir}/server/pki`,
      String(bytes),
    ],
    stdout: "piped",
    stdin: "null",
  }).spawn();
  const reader = child.stdout.getReader();
  const { value } = await reader.read();
  const port = Number(new TextDecoder().decode(value).trim());
  const ca = await Deno.readTextFile(`${server.dataDir}/server/pki/ca.crt`);
  return {
    target: { url: `https://127.0.0.1:${port}/`, ca, token: "none" },
    stop: () => {
      void reader.cancel();
      child.kill("SIGTERM");
    },
  };
}
