import assert from "node:assert/strict";
import { deployment, kubectlSuite, type Steps } from "./suite.ts";

const FILES = ["kinds.yaml", "workload_kinds.yaml"].map((name) =>
  new URL(name, import.meta.url).pathname
);

/** The name of a resource, with its group. */
async function names({ ok }: Steps, ...flags: string[]): Promise<string[]> {
  const text = await ok(["api-resources", "-o", "name", ...flags]);
  return text.trim().split("\n");
}

/** Does something for each, a few at a time: a kubectl waits more than it works. */
async function inParallel<T>(
  items: readonly T[],
  work: (item: T) => Promise<void>,
): Promise<void> {
  const rest = items.values();
  await Promise.all(Array.from({ length: 4 }, async () => {
    for (const item of rest) await work(item);
  }));
}

/** kubectl knows these by the versions that were beta when it was made; such a kubectl describes none of a cluster that serves v1 only. */
const BETA_ONCE = ["ipaddress", "servicecidr", "volumeattributesclass"];

/** Groups with kinds of the same name as some of the core's, by the version that kubectl is to be told. */
const NAMED_AS_IN_CORE: Readonly<Record<string, string>> = {
  "events.k8s.io": "events.k8s.io/v1",
  "metrics.k8s.io": "metrics.k8s.io/v1beta1",
};

kubectlSuite("kubectl knows every kind", {
  async "explains it with all its fields"(steps) {
    const all = await names(steps);
    assert(all.length > 60);
    await inParallel(all, async (name) => {
      // "events.events" reads as a field of the core's events.
      const [word, ...group] = name.split(".");
      const own = NAMED_AS_IN_CORE[group.join(".")];
      const version = own === undefined ? [] : [`--api-version=${own}`];
      const kind = version.length ? word! : name;
      const text = await steps.ok(["explain", kind, "--recursive", ...version]);
      assert.match(
        text,
        /^KIND: +\w+\nVERSION: +v\d\w*\n\nDESCRIPTION:\n {4}\S/m,
        name,
      );
      assert.match(text, /^FIELDS:\n {2}\w+\t</m, name);
      assert.doesNotMatch(text, /<empty>/, name);
    });
  },
  async "gets and describes it"(steps) {
    const { ok, run } = steps;
    for (const file of FILES) await ok(["apply", "-f", file]);
    await ok(["apply", "-f", "-"], { stdin: deployment() });
    await ok(["create", "secret", "generic", "s"]);
    await ok(["create", "role", "r", "--verb=get", "--resource=pods"]);
    await ok(["create", "rolebinding", "rb", "--role=r", "--user=u"]);
    await ok(["create", "service", "clusterip", "svc", "--tcp=80"]);
    await ok(["create", "ingress", "i", "--rule=a.example.com/*=svc:80"]);
    await ok(["create", "-f", "-"], {
      stdin: '{"apiVersion":"v1","kind":"Node","metadata":{"name":"n1"}}',
    });
    await ok(["create", "-f", "-"], {
      stdin:
        '{"apiVersion":"coordination.k8s.io/v1","kind":"Lease","metadata":{"name":"n1","namespace":"kube-node-lease"}}',
    });
    const resources = await names(steps, "--verbs=list");
    const shown = await ok(["get", resources.join(","), "-o", "name"]);
    const firsts = new Map(
      shown.trim().split("\n").map((line) => [line.split("/")[0]!, line]),
    );
    assert(firsts.size >= 48, [...firsts.keys()].join(" "));
    await inParallel([...firsts.values()], async (object) => {
      const told = await run(["describe", object]);
      if (BETA_ONCE.includes(object.split(".")[0]!) && told.code !== 0) {
        assert.match(told.stderr, /the server could not find the requested/);
        return;
      }
      assert.equal(told.code, 0, `${object}: ${told.stderr}`);
      assert.match(told.stdout, /^Name: +\S/m, object);
      assert.doesNotMatch(
        told.stdout + told.stderr,
        /error|failed to|unable to|<invalid>|%!/i,
        object,
      );
    });
  },
  async "describes a workload with its pods, conditions and events"(
    { ok, says },
  ) {
    await ok([
      "wait",
      "--for=jsonpath={.status.replicas}=1",
      "deployment/app",
      "--timeout=20s",
    ]);
    await says(
      "describe deployment app",
      /^Name: +app\n[^]*\nReplicas: +1 desired \| 1 updated \| 1 total \| 0 available \| 1 unavailable\nStrategyType: +RollingUpdate\n[^]*\nConditions:\n +Type +Status +Reason\n[^]*\nOldReplicaSets: +<none>\nNewReplicaSet: +app-\w+ \(1\/1 replicas created\)\nEvents:\n[^]*ScalingReplicaSet[^]*Scaled up replica set app-\w+ from 0 to 1\n$/,
    );
    await says(
      "describe pods -l app=app",
      /^Name: +app-\w+-\w+\nNamespace: +default\n[^]*\nControlled By: +ReplicaSet\/app-\w+\nContainers:\n {2}main:\n[^]*\nConditions:\n {2}Type +Status\n[^]*\nQoS Class: +\w+\n/,
    );
    await says(
      "describe namespace default",
      /\nResource Quotas\n {2}Name: +sums\n[^]*\nResource Limits\n Type +Resource +Min +Max +Default Request +Default Limit +Max Limit\/Request Ratio\n/,
    );
    await says(
      "describe deployment none",
      'Error from server (NotFound): deployments.apps "none" not found\n',
      { code: 1 },
    );
  },
});
