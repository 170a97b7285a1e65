/**
 * How soon a server is there: from the start of its process to the first answer of /readyz, and to the first default ServiceAccount.
 *
 * @module
 */
import type { TestCluster } from "../../support/cluster.ts";
import { atMost, type Figure } from "../report.ts";

/** Ready after this many milliseconds is what is wanted. */
const GOAL_MS = 500;
/** What kube-apiserver 1.36 with etcd takes, in seconds. */
const THEIRS = { ready: 2.7, account: 8.8 };

/** Starts a server on an empty folder and measures; it runs on. */
export async function start(
  cluster: TestCluster,
): Promise<{ figures: Figure[]; pid: number }> {
  const began = performance.now();
  const { pid } = await cluster.startServer([], { wait: false });
  const ready = await until(cluster, "/readyz", began);
  const account = await until(
    cluster,
    "/api/v1/namespaces/default/serviceaccounts/default",
    began,
  );
  return {
    pid,
    figures: [
      atMost({
        name: "server start, process → /readyz answers ok",
        value: ready,
        unit: "ms",
        comparedWith: `kube-apiserver ${THEIRS.ready} s`,
      }, GOAL_MS),
      {
        name: "server start, process → first default ServiceAccount",
        value: account,
        unit: "ms",
        comparedWith: `kube-apiserver ${THEIRS.account} s`,
      },
    ],
  };
}

async function until(
  cluster: TestCluster,
  path: string,
  began: number,
): Promise<number> {
  for (;;) {
    try {
      const { token, ca } = await cluster.credentials();
      using client = Deno.createHttpClient({ caCerts: [ca] });
      const answer = await fetch(cluster.url + path, {
        client,
        headers: { authorization: `Bearer ${token}` },
      });
      await answer.body?.cancel();
      if (answer.ok) return performance.now() - began;
    } catch {
      // Not there yet.
    }
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
