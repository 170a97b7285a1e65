import assert from "node:assert/strict";
import { ALL_KINDS } from "../../../api/registry.ts";
import type { KubeObject } from "../../../api/kind.ts";
import { isApiError } from "../../../api/status.ts";
import { nodeUser } from "../../auth/user.ts";
import { startHarness } from "../../testing/harness.ts";
import type { AdmissionAttributes } from "../admission.ts";
import { nodeRestriction } from "./node_restriction.ts";

/** The node authoriser stands before these checks: they are asked by themselves. */
async function refusal(
  plural: string,
  attributes: Partial<AdmissionAttributes>,
): Promise<string> {
  await using server = await startHarness();
  // The kinds of metrics have the names of what they measure.
  const kind = ALL_KINDS.find((one) =>
    one.plural === plural && one.group !== "metrics.k8s.io"
  )!;
  try {
    nodeRestriction(server.api.store).validate!({
      operation: "CREATE",
      kind,
      namespace: "",
      name: "x",
      subresource: "",
      user: nodeUser("n1"),
      dryRun: false,
      ...attributes,
    });
  } catch (error) {
    if (!isApiError(error, "Forbidden")) throw error;
    return error.message.replace(/^.* is forbidden: /, "");
  }
  return "";
}

const named = (name: string, more: object = {}) =>
  ({ metadata: { name }, ...more }) as KubeObject;

Deno.test("nodeRestriction: a node's lease is its own, in the namespace of nodes' leases", async () => {
  const namespace = "kube-node-lease";
  const object = named("n1");
  assert.equal(await refusal("leases", { namespace, object }), "");
  assert.equal(
    await refusal("leases", { namespace: "default", object }),
    'can only access leases in the "kube-node-lease" system namespace',
  );
  const other =
    "can only access node lease with the same name as the requesting node";
  assert.equal(
    await refusal("leases", { namespace, object: named("n2") }),
    other,
  );
  assert.equal(
    await refusal("leases", { namespace, operation: "DELETE", name: "n2" }),
    other,
  );
});

Deno.test("nodeRestriction: a node tells of its own drivers and devices", async () => {
  assert.equal(await refusal("csinodes", { object: named("n1") }), "");
  assert.equal(
    await refusal("csinodes", { object: named("n2") }),
    "can only access CSINode with the same name as the requesting node",
  );
  const slice = (nodeName: string) => named("s", { spec: { nodeName } });
  assert.equal(await refusal("resourceslices", { object: slice("n1") }), "");
  assert.equal(
    await refusal("resourceslices", { object: slice("n2") }),
    "can only create ResourceSlice with the same NodeName as the requesting node",
  );
  assert.equal(
    await refusal("resourceslices", {
      operation: "DELETE",
      previous: slice("n2"),
    }),
    "can only delete ResourceSlice with the same NodeName as the requesting node",
  );
});

Deno.test("nodeRestriction: of a claim a node tells the size and how resizing goes", async () => {
  const plural = "persistentvolumeclaims";
  const claim = (status: object, spec: object = {}) =>
    named("c", { spec, status });
  const update = {
    operation: "UPDATE",
    subresource: "status",
    previous: claim({ phase: "Bound", capacity: { storage: "1Gi" } }),
  } as const;
  const object = claim({
    phase: "Bound",
    capacity: { storage: "2Gi" },
    conditions: [{ type: "Resizing", status: "True" }],
  });
  assert.equal(await refusal(plural, { ...update, object }), "");
  assert.equal(
    await refusal(plural, { ...update, object: claim({ phase: "Lost" }) }),
    'node "n1" is not allowed to update fields other than status.quantity and status.conditions',
  );
  assert.equal(
    await refusal(plural, { ...update, subresource: "", object }),
    "may only update PVC status",
  );
});

Deno.test("nodeRestriction: a node does nothing else to pods", async () => {
  assert.equal(
    await refusal("pods", { subresource: "binding", object: named("p") }),
    "unexpected pod subresource \"binding\", only 'status' and 'eviction' are allowed",
  );
  assert.equal(
    await refusal("pods", { operation: "UPDATE", object: named("p") }),
    'unexpected operation "UPDATE", node "n1" can only create and delete mirror pods',
  );
});
