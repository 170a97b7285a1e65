import assert from "node:assert/strict";
import { testWith } from "../../src/testing/needs.ts";
import { type KubectlRig, startRig } from "./rig.ts";

const FILE = new URL("workload_kinds.yaml", import.meta.url).pathname;

/** A server and kubectl for some steps. */
function kubectlTest(
  name: string,
  fn: (rig: KubectlRig) => Promise<void>,
): void {
  testWith(name, {
    needs: ["kubectl"],
    async fn() {
      await using rig = await startRig();
      await fn(rig);
    },
  });
}

/** What `kubectl get -o wide` prints of each object in the file; ages are cut off. */
const SHOWN: Readonly<Record<string, readonly string[]>> = {
  "sts/db": [
    "NAME  READY  CONTAINERS  IMAGES",
    "db  0/2  main  example.org/db:1",
  ],
  "ds/log": [
    "NAME  DESIRED  CURRENT  READY  UP-TO-DATE  AVAILABLE  NODE SELECTOR  CONTAINERS  IMAGES  SELECTOR",
    "log  0  0  0  0  0  disk=ssd  main  example.org/log:1  app=log",
  ],
  "controllerrevision/log-1": [
    "NAME  CONTROLLER  REVISION",
    "log-1  <none>  1",
  ],
  "job/pi": [
    "NAME  STATUS  COMPLETIONS  DURATION  CONTAINERS  IMAGES  SELECTOR",
    "pi  Running  0/3  main  example.org/pi:1  app=pi",
  ],
  "cj/nightly": [
    "NAME  SCHEDULE  TIMEZONE  SUSPEND  ACTIVE  LAST SCHEDULE  CONTAINERS  IMAGES  SELECTOR",
    "nightly  0 3 * * *  Europe/Vienna  False  0  <none>  main  example.org/tidy:1  <none>",
  ],
  "hpa/web": [
    "NAME  REFERENCE  TARGETS  MINPODS  MAXPODS  REPLICAS",
    "web  Deployment/web  cpu: <unknown>/80%  1  5  0",
  ],
  "pdb/web": [
    "NAME  MIN AVAILABLE  MAX UNAVAILABLE  ALLOWED DISRUPTIONS",
    "web  50%  N/A  0",
  ],
  "pv/disk": [
    "NAME  CAPACITY  ACCESS MODES  RECLAIM POLICY  STATUS  CLAIM  STORAGECLASS  VOLUMEATTRIBUTESCLASS  REASON  VOLUMEMODE",
    "disk  5Gi  RWO,ROX  Retain  Bound  default/data  fast  <unset>  Filesystem",
  ],
  "pvc/data": [
    "NAME  STATUS  VOLUME  CAPACITY  ACCESS MODES  STORAGECLASS  VOLUMEATTRIBUTESCLASS  VOLUMEMODE",
    "data  Bound  disk  5Gi  RWO,ROX  fast  <unset>  Filesystem",
  ],
  "limits/bounds": ["NAME  CREATED AT"],
  "quota/sums": ["NAME  REQUEST  LIMIT", "sums"],
  "podtemplate/base": [
    "NAME  CONTAINERS  IMAGES  POD LABELS",
    "base  main  example.org/base:1  app=base",
  ],
};

/** A table with two spaces between its columns, and without the column of ages. */
function plain(text: string): string[] {
  const rows = text.trimEnd().split("\n");
  const at = rows[0]!.search(/AGE\b/);
  const next = at < 0 ? -1 : at + rows[0]!.slice(at).search(/(?<=\s)\S|$/);
  return rows.map((row) =>
    (at < 0 ? row : row.slice(0, at) + row.slice(next))
      .trim().replace(/ {2,}/g, "  ")
  );
}

kubectlTest(
  "kubectl applies, gets and describes an object of each kind of workload",
  async (rig) => {
    const applied = await rig.ok(["apply", "-f", FILE]);
    const count = Object.keys(SHOWN).length;
    assert.equal(applied.match(/ created$/gm)?.length, count);
    const differences = await rig.run(["diff", "-f", FILE]);
    assert.deepEqual([differences.code, differences.stdout], [0, ""]);
    const bound = "--for=jsonpath={.status.phase}=Bound";
    await rig.ok(["wait", bound, "--timeout=60s", "pv/disk", "pvc/data"]);
    for (const [object, expected] of Object.entries(SHOWN)) {
      const rows = plain(await rig.ok(["get", object, "-o", "wide"]));
      // A quota's use, and when a LimitRange was made, are not the same each time.
      assert.deepEqual(
        rows.slice(0, expected.length).map((row, i) =>
          row.slice(0, expected[i]!.length)
        ),
        expected,
        object,
      );
      const told = await rig.ok(["describe", object]);
      assert.match(told, new RegExp(`^Name: +${object.split("/")[1]}$`, "m"));
    }
    const versions = () =>
      rig.ok([
        "get",
        Object.keys(SHOWN).map((object) => object.split("/")[0]).join(","),
        "-o",
        "jsonpath={.items[*].metadata.resourceVersion}",
      ]);
    const before = await versions();
    // Of lists that are merged as a whole kubectl sends all again; the server finds nothing new.
    const again = await rig.ok(["apply", "-f", FILE]);
    assert.equal(again.match(/ configured$/gm)?.length, 3);
    assert.equal(again.match(/ unchanged$/gm)?.length, count - 3);
    assert.equal(await versions(), before);
  },
);

kubectlTest(
  "kubectl get all shows what kube-apiserver counts as all",
  async (rig) => {
    await rig.ok(["apply", "-f", FILE]);
    const names = await rig.ok(["get", "all", "-o", "name"]);
    assert.deepEqual(names.trim().split("\n").sort(), [
      "cronjob.batch/nightly",
      "daemonset.apps/log",
      "horizontalpodautoscaler.autoscaling/web",
      "job.batch/pi",
      "service/kubernetes",
      "statefulset.apps/db",
    ]);
  },
);

kubectlTest(
  "kubectl create, autoscale and scale make and change workloads",
  async (rig) => {
    await rig.ok(["apply", "-f", FILE]);
    await rig.ok(["create", "job", "once", "--image=example.org/a:1"]);
    await rig.ok([
      "create",
      "cronjob",
      "often",
      "--image=example.org/a:1",
      "--schedule=*/5 * * * *",
    ]);
    await rig.ok(["create", "job", "now", "--from=cronjob/often"]);
    const owner = "jsonpath={.metadata.ownerReferences[0].kind}";
    assert.equal(await rig.ok(["get", "job", "now", "-o", owner]), "CronJob");
    await rig.ok(["create", "quota", "few", "--hard=pods=2"]);
    await rig.ok([
      "create",
      "pdb",
      "one",
      "--selector=app=db",
      "--min-available=1",
    ]);
    await rig.ok([
      "autoscale",
      "statefulset",
      "db",
      "--max=4",
      "--cpu-percent=70",
    ]);
    assert.equal(
      plain(await rig.ok(["get", "hpa", "db"]))[1],
      "db  StatefulSet/db  cpu: <unknown>/70%  1  4  0",
    );
    await rig.ok(["scale", "statefulset", "db", "--replicas=3"]);
    assert.match(await rig.ok(["get", "sts", "db"]), /0\/3/);
  },
);

kubectlTest(
  "kubectl prints what is wrong as kube-apiserver words it",
  async (rig) => {
    await rig.ok(["apply", "-f", FILE]);
    const refused = await rig.run([
      "patch",
      "statefulset",
      "db",
      "-p",
      '{"spec":{"serviceName":"other"}}',
    ]);
    assert.equal(
      refused.stderr,
      "The StatefulSet \"db\" is invalid: spec: Forbidden: updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden\n",
    );
    const bad = await rig.run([
      "create",
      "cronjob",
      "bad",
      "--image=a",
      "--schedule=often",
    ]);
    assert.equal(
      bad.stderr,
      'error: failed to create cronjob: CronJob.batch "bad" is invalid: spec.schedule: Invalid value: "often": expected exactly 5 fields, found 1: [often]\n',
    );
  },
);

kubectlTest(
  "kubectl explain tells the fields and values of workloads",
  async (rig) => {
    const told = await rig.ok(["explain", "cronjob.spec.concurrencyPolicy"]);
    assert.match(told, /ENUM:\n\s+Allow\n\s+Forbid\n\s+Replace\n/);
    for (
      const kind of [
        "statefulsets",
        "daemonsets",
        "controllerrevisions",
        "jobs",
        "cronjobs",
        "hpa",
        "pdb",
        "pv",
        "pvc",
        "limits",
        "quota",
        "podtemplates",
        "componentstatuses",
      ]
    ) {
      const tree = await rig.ok(["explain", kind, "--recursive"]);
      assert.match(tree, /^FIELDS:\n {2}apiVersion\t<string>$/m, kind);
    }
    const old = await rig.ok([
      "explain",
      "hpa.spec",
      "--api-version=autoscaling/v1",
    ]);
    assert.match(old, /targetCPUUtilizationPercentage\t<integer>/);
  },
);

const POD = `
apiVersion: v1
kind: Pod
metadata: { name: web, labels: { app: web } }
spec:
  nodeName: n1
  containers:
  - name: main
    image: example.org/web:1
    resources: { requests: { cpu: 100m } }
`;

kubectlTest("kubectl evicts by budget, debugs and resizes", async (rig) => {
  const { ok, run } = rig;
  await ok(["apply", "-f", "-"], { stdin: POD });
  await ok(["apply", "-f", "-"], {
    stdin: JSON.stringify({
      apiVersion: "v1",
      kind: "Node",
      metadata: { name: "n1" },
      status: { capacity: { cpu: "4", pods: "110" } },
    }),
  });
  const status = (part: unknown) => JSON.stringify({ status: part });
  const running = {
    phase: "Running",
    conditions: [{ type: "Ready", status: "True" }],
  };
  const patched = ["--subresource=status", "-p"];
  await ok(["patch", "pod", "web", ...patched, status(running)]);
  await ok(["create", "pdb", "web", "--selector=app=web", "--min-available=1"]);
  const counted = {
    observedGeneration: 1,
    currentHealthy: 1,
    desiredHealthy: 1,
  };
  await ok([
    "patch",
    "pdb",
    "web",
    "--type=merge",
    ...patched,
    status({ ...counted, disruptionsAllowed: 0, expectedPods: 1 }),
  ]);
  const drained = await run(["drain", "n1", "--force", "--timeout=2s"]);
  assert.equal(drained.code, 1);
  assert.match(
    drained.stderr,
    /error when evicting pods\/"web" -n "default" \(will retry after 5s\): Cannot evict pod as it would violate the pod's disruption budget\./,
  );
  await ok([
    "patch",
    "pod",
    "web",
    "--subresource=resize",
    "-p",
    '{"spec":{"containers":[{"name":"main","resources":{"requests":{"cpu":"200m"}}}]}}',
  ]);
  const cpu = "jsonpath={.spec.containers[0].resources.requests.cpu}";
  assert.equal(await ok(["get", "pod", "web", "-o", cpu]), "200m");
  await ok([
    "debug",
    "web",
    "--image=example.org/debug:1",
    "-c",
    "look",
    "--attach=false",
  ]);
  const names = "jsonpath={.spec.ephemeralContainers[*].name}";
  assert.equal(await ok(["get", "pod", "web", "-o", names]), "look");
});
