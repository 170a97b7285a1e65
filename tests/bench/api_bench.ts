/**
 * Latency of the API over TLS with 1 KiB answers at 20 clients, HTTP/1.1 and HTTP/2, beside the same answers from a bare `Deno.serve` with TLS.
 *
 * @module
 */
import https from "node:https";
import { TestCluster } from "../support/cluster.ts";
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

/** The benchmark `api`. */
export const apiBench: Bench = { name: "api", run };

interface Target {
  readonly url: string;
  readonly ca: string;
  readonly token: string;
}

async function run({ quick, say }: BenchOptions): Promise<Figure[]> {
  const requests = quick ? 200 : 10_000;
  await using cluster = await TestCluster.make();
  await cluster.startServer();
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

/** Keep-alive connections, one a client, each sending its next request when it has the answer. */
async function http1(target: Target, requests: number): Promise<Result> {
  const agents = Array.from(
    { length: CLIENTS },
    () => new https.Agent({ keepAlive: true, maxSockets: 1, ca: target.ca }),
  );
  const headers = { authorization: `Bearer ${target.token}` };
  try {
    return await spread(
      requests,
      (client) =>
        new Promise<void>((resolve, reject) => {
          https.get(target.url, {
            agent: agents[client]!,
            headers,
            ca: target.ca,
          }, (answer) => {
            if (answer.statusCode !== 200) {
              reject(new Error(`${answer.statusCode}`));
            }
            answer.on("data", () => {});
            answer.on("end", () => resolve());
            answer.on("error", reject);
          }).on("error", reject);
        }),
    );
  } finally {
    for (const agent of agents) agent.destroy();
  }
}

async function http2(target: Target, requests: number): Promise<Result> {
  const clients = Array.from(
    { length: CLIENTS },
    () =>
      Deno.createHttpClient({
        caCerts: [target.ca],
        http1: false,
        http2: true,
      }),
  );
  const headers = { authorization: `Bearer ${target.token}` };
  try {
    return await spread(requests, async (client) => {
      const answer = await fetch(target.url, {
        client: clients[client]!,
        headers,
      });
      if (answer.status !== 200) throw new Error(`${answer.status}`);
      await answer.arrayBuffer();
    });
  } finally {
    for (const client of clients) client.close();
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
