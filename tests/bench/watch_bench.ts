/**
 * How long after a write its event is at the client: 200 watchers, 50 events a second, through TLS; and what one watcher that never reads costs the others.
 *
 * @module
 */
import https from "node:https";
import tls from "node:tls";
import { TestCluster } from "../support/cluster.ts";
import {
  atMost,
  type Bench,
  type BenchOptions,
  type Figure,
  percentile,
} from "./report.ts";

const WATCHERS = 200;
const EVENTS_PER_SECOND = 50;
const GOAL_P99_MS = 10;
/** How much one stalled watcher may add to the others' p99. */
const GOAL_STALL_SHARE = 0.1;

/** The benchmark `watch`. */
export const watchBench: Bench = { name: "watch", run };

async function run({ quick, say }: BenchOptions): Promise<Figure[]> {
  const seconds = quick ? 2 : 20;
  const watchers = quick ? 20 : WATCHERS;
  await using cluster = await TestCluster.make();
  await cluster.startServer();
  const server: Server = {
    url: cluster.url,
    port: cluster.port,
    ...await cluster.credentials(),
  };
  await request(server, "POST", "/api/v1/namespaces/default/configmaps", {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "bench" },
    data: { text: "x".repeat(900) },
  });
  say(
    `${watchers} watchers, ${EVENTS_PER_SECOND} events/s, ${seconds} s, twice`,
  );
  await measure(server, { watchers, seconds: 2, stalled: false }); // warm up
  const free = await measure(server, { watchers, seconds, stalled: false });
  const stalled = await measure(server, { watchers, seconds, stalled: true });
  const p99 = percentile(free.latencies, 0.99);
  const whole = percentile(free.whole, 0.99);
  const wholeStalled = percentile(stalled.whole, 0.99);
  return [
    atMost({
      name:
        `watch, write answered → event at client, ${watchers} × ${EVENTS_PER_SECOND}/s: p99`,
      value: p99,
      unit: "ms",
      comparedWith: `write itself p50 ${
        percentile(free.writes, 0.5).toFixed(2)
      } ms, p99 ${
        percentile(free.writes, 0.99).toFixed(2)
      } ms; ${free.latencies.length} deliveries, p50 ${
        percentile(free.latencies, 0.5).toFixed(2)
      } ms`,
    }, GOAL_P99_MS),
    atMost({
      name: "watch, one stalled watcher: the others' p99 grows by",
      value: 100 * Math.max(0, wholeStalled / whole - 1),
      unit: "%",
      comparedWith: `write sent → event at client: p99 with it ${
        wholeStalled.toFixed(2)
      } ms, without ${whole.toFixed(2)} ms`,
    }, 100 * GOAL_STALL_SHARE),
  ];
}

/** Where the server is, and how to be let in. */
interface Server {
  readonly url: string;
  readonly port: number;
  readonly token: string;
  readonly ca: string;
}

interface Measured {
  /** From the write's answer, which leaves after the commit; 0 where the event came first. */
  readonly latencies: number[];
  /** From the moment in which the write was sent, its commit included. */
  readonly whole: number[];
  readonly writes: number[];
}

async function measure(
  server: Server,
  load: { watchers: number; seconds: number; stalled: boolean },
): Promise<Measured> {
  /** When the write with this number was answered. */
  const answered = new Map<number, number>();
  const sent = new Map<number, number>();
  const received: [number, number][] = [];
  const seen = (text: string) => {
    const now = performance.now();
    for (const [, number] of text.matchAll(/"event":"n(\d+)"/g)) {
      received.push([Number(number), now]);
    }
  };
  const agent = new https.Agent({ ca: server.ca, maxSockets: Infinity });
  const streams = await Promise.all(
    Array.from(
      { length: load.watchers },
      () => openWatch(server, { agent, seen }),
    ),
  );
  const stalled = load.stalled ? await openStalled(server) : undefined;
  const writes: number[] = [];
  const count = load.seconds * EVENTS_PER_SECOND;
  const writer = new https.Agent({ ca: server.ca, keepAlive: true });
  const began = performance.now();
  for (let i = 0; i < count; i++) {
    const due = began + i * 1000 / EVENTS_PER_SECOND;
    const wait = due - performance.now();
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
    const start = performance.now();
    sent.set(i, start);
    await request(
      server,
      "PATCH",
      "/api/v1/namespaces/default/configmaps/bench",
      {
        data: { event: `n${i}` },
      },
      writer,
    );
    answered.set(i, performance.now());
    writes.push(performance.now() - start);
  }
  await new Promise((resolve) => setTimeout(resolve, 500));
  for (const stream of streams) stream.destroy();
  stalled?.destroy();
  agent.destroy();
  writer.destroy();
  const since = (moments: ReadonlyMap<number, number>) =>
    received.flatMap(([number, at]) => {
      const from = moments.get(number);
      return from === undefined ? [] : [at - from];
    });
  const latencies = since(answered).map((ms) => Math.max(0, ms));
  const expected = count * load.watchers;
  if (latencies.length < expected) {
    throw new Error(`Only ${latencies.length} of ${expected} events arrived`);
  }
  return { latencies, whole: since(sent), writes };
}

/** A watch of one ConfigMap, from now. */
function openWatch(
  server: Server,
  options: { agent: https.Agent; seen: (text: string) => void },
): Promise<{ destroy(): void }> {
  const { agent, seen } = options;
  return new Promise((resolve, reject) => {
    const call = https.get(server.url + WATCH_PATH, {
      agent,
      ca: server.ca,
      headers: { authorization: `Bearer ${server.token}` },
    }, (answer) => {
      if (answer.statusCode !== 200) reject(new Error(`${answer.statusCode}`));
      answer.setEncoding("utf8");
      answer.once("data", () => resolve(call));
      answer.on("data", seen);
      answer.on("error", () => {});
    });
    call.on("error", reject);
  });
}

const WATCH_PATH =
  "/api/v1/namespaces/default/configmaps?watch=1&fieldSelector=metadata.name%3Dbench";

/** A watch whose answer nobody reads: the kernel's buffers fill and stay full. */
function openStalled(server: Server): Promise<{ destroy(): void }> {
  return new Promise((resolve, reject) => {
    const socket = tls.connect({
      host: "127.0.0.1",
      port: server.port,
      ca: server.ca,
    }, () => {
      socket.write(
        `GET ${WATCH_PATH} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${server.token}\r\n\r\n`,
      );
      socket.pause();
      resolve(socket);
    });
    socket.on("error", reject);
  });
}

function request(
  server: Server,
  method: string,
  path: string,
  body: unknown,
  agent?: https.Agent,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const call = https.request(server.url + path, {
      method,
      ca: server.ca,
      ...agent ? { agent } : {},
      headers: {
        authorization: `Bearer ${server.token}`,
        "content-type": method === "PATCH"
          ? "application/merge-patch+json"
          : "application/json",
      },
    }, (answer) => {
      let text = "";
      answer.on("data", (chunk) => text += chunk);
      answer.on(
        "end",
        () => answer.statusCode! < 300 ? resolve() : reject(new Error(text)),
      );
    });
    call.on("error", reject);
    call.end(JSON.stringify(body));
  });
}
