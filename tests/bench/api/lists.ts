/**
 * Lists of a thousand and of ten thousand objects, whole and in pages, compressed (as client-go asks for them) and not.
 *
 * @module
 */
import { atLeast, atMost, type Figure, percentile } from "../report.ts";
import { drive } from "./drive.ts";
import { RawClient, type RawRequest, type Server } from "./raw_client.ts";

/** Objects of the small and of the large list. */
const SMALL = 1_000;
const LARGE = 10_000;

/** What kube-apiserver 1.36 does, on two such cores, with client-go. */
const THEIRS = {
  configmaps: { perSecond: 68, cpuMs: 13 },
  pods: { perSecond: 24, cpuMs: 42 },
} as const;

/** How many letters and digits a KiB of the objects' text is made of: neither one letter nor noise. */
function filler(seed: number): string {
  let text = "";
  for (let i = 0; text.length < 1_000; i++) {
    text += `line ${(seed * 7919 + i * 104729) % 1_000_003} of ${seed}; `;
  }
  return text.slice(0, 1_000);
}

/** Fills namespaces, then lists them. */
export async function lists(
  server: Server & { readonly pid: number },
  options: {
    readonly quick: boolean;
    readonly say: (line: string) => void;
  },
): Promise<Figure[]> {
  const { quick, say } = options;
  const small = quick ? 50 : SMALL;
  const large = quick ? 100 : LARGE;
  const rounds = quick ? 3 : 100;
  say(`Making ${small} ConfigMaps, ${small} Pods and ${large} ConfigMaps`);
  const configmaps = await fill(server, "maps", small, mapOf);
  const pods = await fill(server, "pods", small, podOf);
  const many = await fill(server, "large", large, mapOf);
  const figures: Figure[] = [];
  const cases = [
    { path: configmaps, what: `list of ${small} ConfigMaps`, of: "configmaps" },
    { path: pods, what: `list of ${small} Pods`, of: "pods" },
    { path: many, what: `list of ${large} ConfigMaps`, of: undefined },
    {
      path: `${many}?limit=500`,
      what: `page of 500 of ${large} ConfigMaps`,
      of: undefined,
    },
  ] as const;
  for (const { path, what, of } of cases) {
    for (const gzip of [true, false]) {
      say(`${what}${gzip ? ", compressed" : ""}`);
      const driven = await drive(server, {
        clients: 4,
        requests: rounds,
        make: (): RawRequest => ({ method: "GET", path, gzip }),
      });
      const name = `${what}${gzip ? ", compressed" : ""}`;
      const theirs = of === undefined || !gzip ? undefined : THEIRS[of];
      const rate = {
        name: `${name}: rate`,
        value: driven.perSecond,
        unit: "/s",
        comparedWith: `${(driven.bytes / 1024).toFixed(0)} KiB, p50 ${
          percentile(driven.samples, 0.5).toFixed(1)
        } ms${
          theirs === undefined ? "" : `; kube-apiserver ${theirs.perSecond}/s`
        }`,
      };
      const cpu = {
        name: `${name}: server CPU a call`,
        value: driven.cpuMs,
        unit: "ms",
        ...(theirs === undefined
          ? {}
          : { comparedWith: `kube-apiserver ${theirs.cpuMs} ms` }),
      };
      figures.push(
        theirs === undefined ? rate : atLeast(rate, theirs.perSecond),
        theirs === undefined ? cpu : atMost(cpu, theirs.cpuMs / 10),
      );
    }
  }
  return figures;
}

async function fill(
  server: Server & { readonly pid: number },
  namespace: string,
  count: number,
  bodyOf: (number: number) => { plural: string; body: string },
): Promise<string> {
  const { plural } = bodyOf(0);
  const path = `/api/v1/namespaces/${namespace}/${plural}`;
  await drive(server, {
    clients: 1,
    requests: 1,
    make: () => ({
      method: "POST",
      path: "/api/v1/namespaces",
      body: JSON.stringify({
        apiVersion: "v1",
        kind: "Namespace",
        metadata: { name: namespace },
      }),
    }),
  });
  if (plural === "pods") await defaultAccount(server, namespace);
  await drive(server, {
    clients: 50,
    requests: count,
    make: (n) => ({ method: "POST", path, body: bodyOf(n).body }),
  });
  return path;
}

/** Waits for the account that pods of a new namespace run as. */
async function defaultAccount(
  server: Server,
  namespace: string,
): Promise<void> {
  const client = await RawClient.open(server);
  const path = `/api/v1/namespaces/${namespace}/serviceaccounts/default`;
  while ((await client.ask({ method: "GET", path })).status !== 200) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  client.close();
}

function mapOf(number: number): { plural: string; body: string } {
  return {
    plural: "configmaps",
    body: JSON.stringify({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: `map-${number}` },
      data: { text: filler(number) },
    }),
  };
}

function podOf(number: number): { plural: string; body: string } {
  return {
    plural: "pods",
    body: JSON.stringify({
      apiVersion: "v1",
      kind: "Pod",
      metadata: {
        name: `pod-${number}`,
        labels: { app: "bench", number: `${number}` },
      },
      spec: {
        schedulerName: "nobody",
        containers: [{
          name: "main",
          image: "example.org/bench:1",
          env: [{ name: "TEXT", value: filler(number).slice(0, 200) }],
          ports: [{ containerPort: 8080 }],
          resources: { requests: { cpu: "10m", memory: "16Mi" } },
        }],
      },
    }),
  };
}
