import assert from "node:assert/strict";
import { type Harness, startHarness } from "../../testing/harness.ts";
import { AUTHENTICATED_GROUP, type User } from "../user.ts";

const RBAC = "/apis/rbac.authorization.k8s.io/v1";
const SPACE = `${RBAC}/namespaces/default`;
const JANE: User = { name: "jane", groups: ["crew", AUTHENTICATED_GROUP] };
const RULE = (verbs: string[], resources: string[], more: object = {}) => ({
  verbs,
  apiGroups: [""],
  resources,
  ...more,
});
const ON_ROLES = (...verbs: string[]) => ({
  verbs,
  apiGroups: ["rbac.authorization.k8s.io"],
  resources: ["roles", "rolebindings", "clusterroles", "clusterrolebindings"],
});

/** A server where one user has a role in the whole cluster. */
async function withRights(...rules: object[]): Promise<Harness> {
  const server = await startHarness();
  await server.json("POST", `${RBAC}/clusterroles`, {
    body: { metadata: { name: "hers" }, rules },
  });
  await server.json("POST", `${RBAC}/clusterrolebindings`, {
    body: {
      metadata: { name: "hers" },
      roleRef: {
        apiGroup: "rbac.authorization.k8s.io",
        kind: "ClusterRole",
        name: "hers",
      },
      subjects: [{ kind: "User", name: "jane" }],
    },
  });
  return server;
}

async function make(
  server: Harness,
  path: string,
  body: object,
): Promise<string | number> {
  const answer = await server.ask("POST", path, { user: JANE, body });
  const value = await answer.json();
  return answer.status < 300 ? answer.status : value.message;
}

const role = (name: string, ...rules: object[]) => ({
  metadata: { name },
  rules,
});
const bind = (name: string, kind: string, roleName: string) => ({
  metadata: { name },
  roleRef: { apiGroup: "rbac.authorization.k8s.io", kind, name: roleName },
  subjects: [{ kind: "User", name: "joe" }],
});

Deno.test("EscalationCheck refuses roles that hold more than their maker has", async () => {
  await using server = await withRights(
    ON_ROLES("create", "update", "patch", "get"),
    RULE(["get", "list"], ["pods"]),
    RULE(["get"], ["secrets"], { resourceNames: ["mine"] }),
  );
  const path = `${SPACE}/roles`;
  const ok = role(
    "ok",
    RULE(["get"], ["pods"]),
    RULE(["get"], ["secrets"], { resourceNames: ["mine"] }),
  );
  assert.equal(await make(server, path, ok), 201);
  assert.equal(
    await make(
      server,
      path,
      role(
        "more",
        RULE(["get", "delete", "watch"], ["pods", "nodes"]),
        RULE(["get"], ["secrets"]),
      ),
    ),
    [
      'roles.rbac.authorization.k8s.io "more" is forbidden: user "jane" (groups=["crew" "system:authenticated"]) is attempting to grant RBAC permissions not currently held:',
      '{APIGroups:[""], Resources:["nodes"], Verbs:["get" "delete" "watch"]}',
      '{APIGroups:[""], Resources:["pods"], Verbs:["delete" "watch"]}',
      '{APIGroups:[""], Resources:["secrets"], Verbs:["get"]}',
    ].join("\n"),
  );
  const patched = await server.ask("PATCH", `${path}/ok`, {
    user: JANE,
    body: { rules: [RULE(["*"], ["pods"])] },
  });
  assert.equal(patched.status, 403);
  assert.match((await patched.json()).message, /Verbs:\["\*"\]\}$/);
  const applied = await server.ask(
    "PATCH",
    `${path}/applied?fieldManager=test`,
    {
      user: JANE,
      headers: { "content-type": "application/apply-patch+yaml" },
      body: {
        apiVersion: "rbac.authorization.k8s.io/v1",
        kind: "Role",
        ...role("applied", RULE(["*"], ["pods"])),
      },
    },
  );
  assert.equal(applied.status, 403);
  assert.match((await applied.json()).message, /is attempting to grant/);
  // The garbage collector's fields are everybody's who may write the object.
  await server.json("PATCH", `${RBAC}/clusterroles/hers`, {
    user: JANE,
    body: { metadata: { finalizers: ["example.org/x"] } },
  });
});

Deno.test("EscalationCheck lets those escalate and bind who were told that they may", async () => {
  await using server = await withRights(
    ON_ROLES("create"),
    {
      verbs: ["escalate"],
      apiGroups: ["rbac.authorization.k8s.io"],
      resources: ["roles"],
    },
    {
      verbs: ["bind"],
      apiGroups: ["rbac.authorization.k8s.io"],
      resources: ["clusterroles"],
      resourceNames: ["all"],
    },
  );
  await server.json("POST", `${RBAC}/clusterroles`, {
    body: role("all", RULE(["*"], ["*"])),
  });
  await server.json("POST", `${RBAC}/clusterroles`, {
    body: role("some", RULE(["get"], ["pods"])),
  });
  assert.equal(
    await make(server, `${SPACE}/roles`, role("any", RULE(["*"], ["*"]))),
    201,
  );
  assert.match(
    String(
      await make(
        server,
        `${RBAC}/clusterroles`,
        role("any", RULE(["*"], ["*"])),
      ),
    ),
    /is attempting to grant/,
  );
  const bindings = `${SPACE}/rolebindings`;
  assert.equal(
    await make(server, bindings, bind("a", "ClusterRole", "all")),
    201,
  );
  assert.equal(
    await make(server, bindings, bind("b", "ClusterRole", "some")),
    'rolebindings.rbac.authorization.k8s.io "b" is forbidden: user "jane" (groups=["crew" "system:authenticated"]) is attempting to grant RBAC permissions not currently held:\n{APIGroups:[""], Resources:["pods"], Verbs:["get"]}',
  );
  assert.equal(
    await make(server, bindings, bind("c", "Role", "none")),
    'roles.rbac.authorization.k8s.io "none" not found',
  );
});

Deno.test("EscalationCheck lets only those gather roles who may do everything", async () => {
  const gathering = {
    ...role("gathering"),
    aggregationRule: { clusterRoleSelectors: [{ matchLabels: { a: "b" } }] },
  };
  await using server = await withRights(
    ON_ROLES("create"),
    RULE(["*"], ["*"]),
  );
  assert.equal(
    await make(server, `${RBAC}/clusterroles`, gathering),
    'clusterroles.rbac.authorization.k8s.io "gathering" is forbidden: must have cluster-admin privileges to use the aggregationRule',
  );
  await using other = await withRights(
    { verbs: ["*"], apiGroups: ["*"], resources: ["*"] },
    { verbs: ["*"], nonResourceURLs: ["*"] },
  );
  assert.equal(await make(other, `${RBAC}/clusterroles`, gathering), 201);
});

Deno.test("roleRef of a binding cannot change", async () => {
  await using server = await withRights();
  const answer = await server.json(
    "PATCH",
    `${RBAC}/clusterrolebindings/hers`,
    { body: { roleRef: { name: "other" } }, status: 422 },
  );
  assert.match(
    answer.message,
    /roleRef: Invalid value: .*cannot change roleRef/,
  );
});
