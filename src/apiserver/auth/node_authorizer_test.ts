import assert from "node:assert/strict";
import { pod, startHarness } from "../testing/harness.ts";
import { NODES_GROUP, nodeUser } from "./user.ts";

const SPACE = "/api/v1/namespaces/default";

Deno.test("NodeAuthorizer refuses in Kubernetes' words", async () => {
  await using server = await startHarness();
  for (const name of ["robot", "other"]) {
    await server.json("POST", `${SPACE}/serviceaccounts`, {
      body: { metadata: { name } },
    });
  }
  await server.json("POST", "/api/v1/nodes", {
    body: { metadata: { name: "n1" } },
  });
  const { metadata: { uid } } = await server.json("POST", `${SPACE}/pods`, {
    body: pod("mine", {
      spec: {
        nodeName: "n1",
        serviceAccountName: "robot",
        volumes: [
          { name: "v", persistentVolumeClaim: { claimName: "used" } },
          {
            name: "t",
            projected: { sources: [{ serviceAccountToken: { path: "t" } }] },
          },
        ],
      },
    }),
  });
  const user = nodeUser("n1");
  const unrelated = "no relationship found between node 'n1' and this object";
  const token = { spec: {} };
  const bound = {
    spec: {
      boundObjectRef: { kind: "Pod", apiVersion: "v1", name: "mine", uid },
    },
  };
  const accounts = `${SPACE}/serviceaccounts`;
  const storage = "/apis/storage.k8s.io/v1";
  const leases = "/apis/coordination.k8s.io/v1/namespaces";
  const slices = "/apis/resource.k8s.io/v1/resourceslices";
  const cases: [string | number, string, string, unknown?][] = [
    [201, "POST", `${accounts}/robot/token`, bound],
    [unrelated, "POST", `${accounts}/other/token`, token],
    // What is in the request, admission looks at.
    [
      "node requested token not bound to a pod",
      "POST",
      `${accounts}/robot/token`,
      token,
    ],
    [200, "GET", `${accounts}/robot`],
    [unrelated, "GET", `${accounts}/other`],
    [
      "can only create tokens for individual service accounts",
      "GET",
      accounts,
    ],
    [unrelated, "GET", `${SPACE}/pods/theirs`],
    [
      "can only list/watch pods with spec.nodeName field selector",
      "GET",
      `${SPACE}/pods`,
    ],
    [unrelated, "GET", `${SPACE}/secrets/x`],
    ["No Object name found", "GET", `${SPACE}/secrets`],
    [
      "can only read namespaced object of this type",
      "GET",
      "/api/v1/configmaps",
    ],
    ["can only read resources of this type", "DELETE", `${SPACE}/secrets/x`],
    [404, "GET", `${SPACE}/persistentvolumeclaims/used`],
    [unrelated, "GET", `${SPACE}/persistentvolumeclaims/x`],
    [
      "can only get individual resources of this type",
      "GET",
      `${SPACE}/persistentvolumeclaims`,
    ],
    [unrelated, "GET", "/api/v1/persistentvolumes/x"],
    [unrelated, "GET", `${storage}/volumeattachments/x`],
    [404, "GET", `${storage}/csinodes/n1`],
    [
      "can only access CSINode with the same name as the requesting node",
      "GET",
      `${storage}/csinodes/n2`,
    ],
    [
      "can only get, create, update, patch, or delete a CSINode",
      "GET",
      `${storage}/csinodes`,
    ],
    [200, "GET", `${storage}/csidrivers`],
    [
      "can only list/watch/deletecollection resourceslices with nodeName field selector",
      "GET",
      slices,
    ],
    [unrelated, "GET", `${slices}/x`],
    [
      'can only access leases in the "kube-node-lease" system namespace',
      "GET",
      `${leases}/default/leases/n1`,
    ],
    [
      "can only access node lease with the same name as the requesting node",
      "GET",
      `${leases}/kube-node-lease/leases/n2`,
    ],
    [
      "can only get, create, update, patch, or delete a node lease",
      "GET",
      `${leases}/kube-node-lease/leases`,
    ],
    [
      "node 'n1' cannot read all nodes, only its own Node object",
      "GET",
      "/api/v1/nodes",
    ],
    [
      "node 'n1' cannot read 'n2', only its own Node object",
      "GET",
      "/api/v1/nodes/n2",
    ],
    [200, "GET", "/api/v1/nodes?fieldSelector=metadata.name%3Dn1"],
  ];
  for (const [wanted, method, path, body] of cases) {
    const answer = await server.ask(method, path, {
      user,
      ...(body === undefined ? {} : { body }),
    });
    const { message = "" } = await answer.json();
    const got = answer.status === 403
      ? message.slice(message.lastIndexOf('": ') + 3)
        .replace(/^.* (at the cluster scope|is forbidden): /s, "")
      : answer.status;
    assert.equal(got, wanted, `${method} ${path}: ${message}`);
  }
});

Deno.test("NodeAuthorizer knows a volume by the claim that has it", async () => {
  await using server = await startHarness();
  const put = (key: string, value: object) =>
    server.api.store.transact([key], (transaction) => {
      transaction.put(key, () => ({ text: JSON.stringify(value) }));
    });
  await put("persistentvolumes/disk", {
    spec: { claimRef: { namespace: "default", name: "mine-data" } },
  });
  const allowed = () =>
    server.api.authorizer.authorize({
      user: nodeUser("n1"),
      verb: "get",
      path: "",
      fieldSelector: "",
      resource: {
        group: "",
        version: "v1",
        plural: "persistentvolumes",
        subresource: "",
        namespace: "",
        name: "disk",
      },
    }).allowed;
  assert.equal(allowed(), false);
  await server.json("POST", `${SPACE}/pods`, {
    body: pod("mine", {
      spec: {
        nodeName: "n1",
        volumes: [{
          name: "data",
          ephemeral: {
            volumeClaimTemplate: {
              spec: {
                accessModes: ["ReadWriteOnce"],
                resources: { requests: { storage: "1Gi" } },
              },
            },
          },
        }],
      },
    }),
  });
  assert.equal(allowed(), true);
});

Deno.test("NodeAuthorizer does not know a node without a name", async () => {
  await using server = await startHarness();
  const answer = await server.json("GET", "/api/v1/services", {
    user: { name: "system:node:", groups: [NODES_GROUP] },
    status: 403,
  });
  assert.match(answer.message, /: unknown node for user "system:node:"$/);
});
