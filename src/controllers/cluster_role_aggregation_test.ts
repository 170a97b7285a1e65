import assert from "node:assert/strict";
import { CLUSTER_ROLES } from "../client/resources.ts";
import { Controller } from "../loop/controller.ts";
import { type Bench, withBench } from "../testing/controller_bench.ts";
import type { FakeApi } from "../testing/fake_api.ts";
import { ClusterRoleAggregationReconciler } from "./cluster_role_aggregation.ts";

const PATH = "/apis/rbac.authorization.k8s.io/v1/clusterroles";
const RULE = (resource: string) => ({
  verbs: ["get"],
  apiGroups: [""],
  resources: [resource],
});

function wire({ host, client, manager }: Bench): void {
  const roles = manager.informer(CLUSTER_ROLES);
  const reconciler = new ClusterRoleAggregationReconciler({ client, roles });
  manager.add(
    new Controller(host, reconciler).watch(
      roles,
      () => reconciler.keysOfRole(),
    ),
  );
}

function part(api: FakeApi, name: string, resource: string, to = "all"): void {
  api.put(PATH, {
    metadata: { name, labels: { [to]: "true" } },
    rules: [RULE(resource)],
  });
}

const rulesOf = (api: FakeApi, name: string) =>
  api.objects("clusterroles").find(({ metadata }) => metadata.name === name)
    .rules;

Deno.test("ClusterRoleAggregationReconciler gathers rules in the order of names, once, and follows changes", () =>
  withBench(wire, async ({ host, api, writes }) => {
    part(api, "b", "pods");
    part(api, "a", "nodes");
    part(api, "c", "pods");
    part(api, "other", "secrets", "none");
    api.put(PATH, {
      metadata: { name: "all", labels: { all: "true" } },
      rules: [RULE("stale")],
      aggregationRule: {
        clusterRoleSelectors: [{ matchLabels: { all: "true" } }],
      },
    });
    await host.settle();
    assert.deepEqual(rulesOf(api, "all"), [RULE("nodes"), RULE("pods")]);
    assert.deepEqual(rulesOf(api, "other"), [RULE("secrets")]);
    writes();
    api.change(`${PATH}/other`, ({ metadata }) => metadata.labels = {});
    await host.settle();
    assert.deepEqual(writes(), []);
    api.remove(`${PATH}/a`);
    await host.settle();
    assert.deepEqual(rulesOf(api, "all"), [RULE("pods")]);
  }));
