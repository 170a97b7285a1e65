/**
 * One writer, many watchers: how many events reach them, and how long after the write's answer.
 *
 * @module
 */
import tls from "node:tls";
import { cpuSeconds } from "../process_figures.ts";
import { atLeast, type Figure, percentile } from "../report.ts";
import { RawClient, type Server } from "./raw_client.ts";

/** What kube-apiserver 1.36 delivers to 200 watchers on two such cores. */
const THEIRS_PER_SECOND = 24_700;
const MAPS = "/api/v1/namespaces/default/configmaps";

/** Measures with 200 and with 1,000 watchers. */
export async function fanOut(
  server: Server & { readonly pid: number },
  options: { readonly quick: boolean; readonly say: (line: string) => void },
): Promise<Figure[]> {
  const { quick, say } = options;
  const figures: Figure[] = [];
  for (const watchers of quick ? [10] : [200, 1_000]) {
    const writes = quick ? 20 : Math.floor(400_000 / watchers);
    say(`${watchers} watchers, ${writes} writes as fast as they are answered`);
    const measured = await measure(server, { watchers, writes });
    const rate = {
      name: `watch, fan-out to ${watchers}: deliveries`,
      value: measured.perSecond,
      unit: "/s",
      comparedWith: `write answered → event: p50 ${
        percentile(measured.latencies, 0.5).toFixed(1)
      } ms, p99 ${percentile(measured.latencies, 0.99).toFixed(1)} ms${
        watchers === 200 ? `; kube-apiserver ${THEIRS_PER_SECOND}/s` : ""
      }`,
    };
    figures.push(
      watchers === 200 ? atLeast(rate, THEIRS_PER_SECOND) : rate,
      {
        name: `watch, fan-out to ${watchers}: server CPU a delivery`,
        value: measured.cpuMs,
        unit: "ms",
      },
    );
  }
  return figures;
}

async function measure(
  server: Server & { readonly pid: number },
  { watchers, writes }: { watchers: number; writes: number },
): Promise<{ perSecond: number; cpuMs: number; latencies: number[] }> {
  const writer = await RawClient.open(server);
  const name = `fan-out-${watchers}`;
  const body = (value: string) =>
    JSON.stringify({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name },
      data: { text: "x".repeat(900), value },
    });
  await writer.ask({ method: "POST", path: MAPS, body: body("first") });
  const answered: number[] = [];
  const latencies: number[] = [];
  let received = 0;
  const all = Promise.withResolvers<void>();
  const sockets = await Promise.all(
    Array.from(
      { length: watchers },
      () =>
        openWatch(server, name, (number, now) => {
          received++;
          // What comes before the writer has its answer took no time after it.
          const at = answered[number];
          latencies.push(at === undefined ? 0 : now - at);
          if (received === watchers * writes) all.resolve();
        }),
    ),
  );
  const cpu = await cpuSeconds(server.pid);
  const began = performance.now();
  for (let number = 0; number < writes; number++) {
    const { status, text } = await writer.ask({
      method: "PUT",
      path: `${MAPS}/${name}`,
      body: body(`n${number};`),
    });
    if (status !== 200) throw new Error(text);
    answered[number] = performance.now();
  }
  await all.promise;
  const ms = performance.now() - began;
  const used = await cpuSeconds(server.pid) - cpu;
  for (const socket of sockets) socket.destroy();
  writer.close();
  return {
    perSecond: received / ms * 1000,
    cpuMs: used * 1000 / received,
    latencies,
  };
}

/** A watch of one ConfigMap from now; tells the number of each event. */
function openWatch(
  server: Server,
  name: string,
  seen: (number: number, now: number) => void,
): Promise<tls.TLSSocket> {
  const { hostname, port } = new URL(server.url);
  const path =
    `${MAPS}?watch=1&fieldSelector=metadata.name%3D${name}&timeoutSeconds=600`;
  return new Promise((resolve, reject) => {
    let rest = "";
    const socket = tls.connect(
      { host: hostname, port: Number(port), ca: server.ca },
      () =>
        socket.write(
          `GET ${path} HTTP/1.1\r\nHost: ${hostname}\r\nAuthorization: Bearer ${server.token}\r\n\r\n`,
        ),
    );
    socket.setEncoding("latin1");
    socket.on("error", reject);
    socket.on("data", (chunk: unknown) => {
      const now = performance.now();
      const text = rest + String(chunk);
      // The first event is the object as it was.
      if (text.includes('"value":"first"')) resolve(socket);
      let end = 0;
      for (const match of text.matchAll(/"value":"n(\d+);/g)) {
        seen(Number(match[1]), now);
        end = match.index + match[0].length;
      }
      // A number may be cut in two by the network.
      rest = text.slice(Math.max(end, text.length - 40));
    });
  });
}
