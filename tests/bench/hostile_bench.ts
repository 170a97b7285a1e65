/**
 * What others can do to an honest client: its latency alone, and while a flood of one sort goes on. Attackers are processes of their own.
 *
 * @module
 */
import { TestCluster } from "../support/cluster.ts";
import { RawClient, type Server } from "./api/raw_client.ts";
import {
  atMost,
  type Bench,
  type BenchOptions,
  type Figure,
  percentile,
} from "./report.ts";

const ATTACKS = ["slow", "watches", "resets", "bodies", "reads", "writes"];
/** How many times its p99 alone an honest client's p99 may be. */
const GOAL_TIMES = 2;
/** Requests of the honest client in a second. */
const RATE = 100;
const SCRIPT = new URL("./hostile/attack.ts", import.meta.url).pathname;

/** The benchmark `hostile`. */
export const hostileBench: Bench = { name: "hostile", run };

async function run({ quick, say }: BenchOptions): Promise<Figure[]> {
  const seconds = quick ? 1 : 10;
  await using cluster = await TestCluster.make();
  await cluster.startServer();
  const admin: Server = { url: cluster.url, ...await cluster.credentials() };
  await prepare(admin);
  const noisy = await tokenOf(cluster, "noisy");
  const honest = { ...admin, token: await tokenOf(cluster, "honest") };
  const caFile = `${cluster.dir}/server/pki/ca.crt`;
  say(`The honest client alone, ${seconds} s`);
  await latencies(honest, seconds); // warm up
  const alone = await latencies(honest, seconds);
  const figures: Figure[] = [];
  for (const attack of ATTACKS) {
    say(`While attacked: ${attack}`);
    const under = await begin([
      "run",
      "-A",
      "--quiet",
      SCRIPT,
      attack,
      admin.url,
      caFile,
      noisy,
    ]);
    const attacked = await latencies(honest, seconds);
    await under.end();
    const p99 = percentile(attacked, 0.99);
    const before = percentile(alone, 0.99);
    figures.push(atMost({
      name: `honest client while attacked (${attack}): p99 grows to`,
      value: p99 / before,
      unit: "x",
      comparedWith: `p99 ${p99.toFixed(1)} ms, p50 ${
        percentile(attacked, 0.5).toFixed(1)
      } ms; alone p99 ${before.toFixed(1)} ms, p50 ${
        percentile(alone, 0.5).toFixed(1)
      } ms`,
    }, GOAL_TIMES));
  }
  return figures;
}

/** Starts an attacker and waits until it is at work. One that falls over its own attack is started again. */
async function begin(
  args: readonly string[],
): Promise<{ end(): Promise<void> }> {
  let ended = false;
  let child: Deno.ChildProcess | undefined;
  const atWork = Promise.withResolvers<void>();
  const running = (async () => {
    while (!ended) {
      child = new Deno.Command(Deno.execPath(), {
        args: [...args],
        stdout: "piped",
        stderr: "null",
        stdin: "null",
      }).spawn();
      const reader = child.stdout.getReader();
      await reader.read();
      atWork.resolve();
      await child.status;
      await reader.cancel();
    }
  })();
  await atWork.promise;
  return {
    async end() {
      ended = true;
      try {
        child?.kill("SIGKILL");
      } catch {
        // It has just ended by itself.
      }
      await running;
    },
  };
}

/** Gets at a steady rate. */
async function latencies(server: Server, seconds: number): Promise<number[]> {
  const client = await RawClient.open(server);
  const samples: number[] = [];
  const began = performance.now();
  for (let i = 0; i < seconds * RATE; i++) {
    const wait = began + i * 1000 / RATE - performance.now();
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
    const start = performance.now();
    const { status, text } = await client.ask({
      method: "GET",
      path: "/api/v1/namespaces/default/configmaps/honest",
    });
    if (status !== 200) throw new Error(text);
    samples.push(performance.now() - start);
  }
  client.close();
  return samples;
}

/** Two accounts that may do the same, and what they work on. */
async function prepare(admin: Server): Promise<void> {
  const client = await RawClient.open(admin);
  const create = async (path: string, object: object) => {
    const { status, text } = await client.ask({
      method: "POST",
      path,
      body: JSON.stringify(object),
    });
    if (status !== 201) throw new Error(text);
  };
  const core = "/api/v1/namespaces/default";
  for (const name of ["honest", "noisy-0", "noisy-1", "noisy-2", "noisy-3"]) {
    await create(`${core}/configmaps`, {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name },
      data: { text: "x".repeat(1_000) },
    });
  }
  for (const name of ["noisy", "honest"]) {
    await create(`${core}/serviceaccounts`, {
      apiVersion: "v1",
      kind: "ServiceAccount",
      metadata: { name },
    });
  }
  await create(
    "/apis/rbac.authorization.k8s.io/v1/namespaces/default/rolebindings",
    {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "RoleBinding",
      metadata: { name: "bench" },
      roleRef: {
        apiGroup: "rbac.authorization.k8s.io",
        kind: "ClusterRole",
        name: "admin",
      },
      subjects: ["noisy", "honest"].map((name) => ({
        kind: "ServiceAccount",
        name,
        namespace: "default",
      })),
    },
  );
  client.close();
}

async function tokenOf(cluster: TestCluster, name: string): Promise<string> {
  const client = await RawClient.open({
    url: cluster.url,
    ...await cluster.credentials(),
  });
  const { text } = await client.ask({
    method: "POST",
    path: `/api/v1/namespaces/default/serviceaccounts/${name}/token`,
    body: "{}",
  });
  client.close();
  return JSON.parse(text).status.token;
}
