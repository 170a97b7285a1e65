/**
 * `wherry get` prints what kubectl prints, byte for byte, and both find nothing to do after each other's `apply`.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { testWith } from "../../src/testing/needs.ts";
import { TestCluster } from "../support/cluster.ts";

/** Objects of several kinds; no node is there, so the pods stay Pending and nothing changes by itself. */
const OBJECTS = `apiVersion: v1
kind: Namespace
metadata: { name: other }
---
apiVersion: v1
kind: ConfigMap
metadata: { name: conf, namespace: other, labels: { app: web } }
data: { a: "yes", b: "<two>\\nlines & more\\n" }
---
apiVersion: v1
kind: Secret
metadata: { name: sec, labels: { app: web, tier: "0" } }
data: { pin: MDgxNQ== }
---
apiVersion: v1
kind: Service
metadata: { name: web, labels: { app: web } }
spec:
  type: NodePort
  selector: { app: web }
  ports: [{ name: http, port: 80, nodePort: 30080 }, { name: more, port: 81 }]
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: web, labels: { app: web } }
spec:
  replicas: 2
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec: { containers: [{ name: c, image: "i:1" }, { name: d, image: "i:2" }] }
---
apiVersion: v1
kind: ReplicationController
metadata: { name: old }
spec:
  replicas: 1
  selector: { app: old }
  template:
    metadata: { labels: { app: old } }
    spec: { containers: [{ name: c, image: i }] }
---
apiVersion: v1
kind: Pod
metadata: { name: alone, namespace: other }
spec: { containers: [{ name: c, image: i }] }
`;

const WHAT = [
  ["pods"],
  ["services"],
  ["deployments"],
  ["replicasets"],
  ["replicationcontrollers"],
  ["configmaps"],
  ["secrets"],
  ["namespaces"],
  ["nodes"],
  ["endpointslices"],
  ["serviceaccounts"],
  ["all"],
  ["pods,svc"],
  ["deploy", "web"],
  ["deploy/web", "svc/web"],
  ["cm", "-n", "other"],
  ["pod", "none"],
  ["nonsense"],
  ["pods", "-n", "empty"],
];
const FORMS = [
  [],
  ["-o", "wide"],
  ["-o", "name"],
  ["-A"],
  ["-l", "app=web"],
  ["--show-labels"],
  ["--no-headers"],
  ["-o", "json"],
];

/** Every pair of one of the first with one of the second would take minutes: each form is taken with each of these, the rest in turns. */
const ALWAYS = new Set(["pods", "all", "deploy/web svc/web"]);

/** A table without its ages, and without the spaces that they make wider or narrower. */
function ageless(text: string): string {
  return text.replace(/\b(\d+[smhd])+\b/g, "<age>").replace(/ {2,}/g, "  ");
}

testWith("get prints what kubectl prints for the same objects", {
  needs: ["kubectl"],
  fn: async (t) => {
    await using cluster = await TestCluster.make();
    await cluster.startServer();
    const path = join(cluster.dir, "objects.yaml");
    await Deno.writeTextFile(path, OBJECTS);

    await t.step(
      "apply after the other's apply finds nothing to do",
      async () => {
        const lines = (text: string) => text.trim().split("\n");
        const { stdout, stderr } = await cluster.wherry("apply", "-f", path);
        for (const line of lines(stdout)) {
          assert.match(line, / created$/, stderr);
        }
        for (
          const line of lines(
            (await cluster.kubectl("apply", "-f", path)).stdout,
          )
        ) {
          assert.match(line, / unchanged$/);
        }
        for (
          const line of lines(
            (await cluster.wherry("apply", "-f", path)).stdout,
          )
        ) {
          assert.match(line, / unchanged$/);
        }
      },
    );
    await cluster.until("the controllers are done", async () => {
      const { stdout } = await cluster.wherry("get", "pods", "-o", "name");
      return stdout.split("\n").length === 4;
    });
    const pairs = WHAT.flatMap((what, i) =>
      FORMS.filter((_form, j) =>
        ALWAYS.has(what.join(" ")) || (i + j) % 4 === 0
      ).map((form) => [...what, ...form])
    );
    for (const words of pairs) {
      await t.step(`get ${words.join(" ")}`, async () => {
        // Ages move on between two commands: a pair that differs in them is taken again, and on a busy machine compared without them.
        let ours, theirs;
        for (let attempt = 0; attempt < 5; attempt++) {
          [ours, theirs] = await Promise.all([
            cluster.wherry("get", ...words),
            cluster.kubectl("get", ...words),
          ]);
          if (ours.stdout === theirs.stdout) {
            break;
          }
        }
        if (ageless(ours!.stdout) !== ageless(theirs!.stdout)) {
          assert.equal(ours!.stdout, theirs!.stdout);
        }
        assert.equal(ours!.stderr, theirs!.stderr);
        assert.equal(ours!.code, theirs!.code);
      });
    }
  },
});
