import assert from "node:assert/strict";
import { startHarness } from "../../apiserver/testing/harness.ts";
import { causesOf, tableOf } from "../testing/table.ts";

const GROUP = "rbac.authorization.k8s.io";
const ROLES = `/apis/${GROUP}/v1/namespaces/default/roles`;
const BINDINGS = `/apis/${GROUP}/v1/namespaces/default/rolebindings`;
const binding = (roleRef: object) => ({
  apiVersion: `${GROUP}/v1`,
  kind: "RoleBinding",
  metadata: { name: "readers" },
  roleRef,
  subjects: [
    { kind: "User", name: "ann" },
    { kind: "Group", name: "staff" },
    { kind: "ServiceAccount", name: "bot", namespace: "ci" },
  ],
});

Deno.test("a RoleBinding gets its groups, shows who has the role, and keeps the role", async () => {
  await using server = await startHarness();
  const body = binding({ kind: "ClusterRole", name: "view" });
  const made = await server.json("POST", BINDINGS, { body });
  assert.equal(made.roleRef.apiGroup, GROUP);
  assert.deepEqual(
    made.subjects.map((s: { apiGroup?: string }) => s.apiGroup),
    [GROUP, GROUP, undefined],
  );
  assert.deepEqual(await tableOf(server, BINDINGS), [{
    Name: "readers",
    Role: "ClusterRole/view",
    Users: "ann",
    Groups: "staff",
    ServiceAccounts: "ci/bot",
  }]);
  const answer = await server.ask("PUT", `${BINDINGS}/readers`, {
    body: binding({ kind: "ClusterRole", name: "edit" }),
  });
  assert.deepEqual(await causesOf(answer), {
    status: 422,
    causes: [
      `roleRef: Invalid value: {"APIGroup":"${GROUP}","Kind":"ClusterRole","Name":"edit"}: cannot change roleRef`,
    ],
  });
});

Deno.test("a PUT makes a Role that is not there, with a name that no other kind may have", async () => {
  await using server = await startHarness();
  const name = "system:my-role";
  const rules = [{ apiGroups: [""], resources: ["pods"], verbs: ["get"] }];
  const body = {
    apiVersion: `${GROUP}/v1`,
    kind: "Role",
    metadata: { name },
    rules,
  };
  const path = `${ROLES}/${name}`;
  const made = await server.json("PUT", path, { body, status: 201 });
  assert.deepEqual(made.rules, rules);
  assert.deepEqual(await tableOf(server, ROLES), [{ Name: name }]);
});
