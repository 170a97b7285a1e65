import assert from "node:assert/strict";
import { type Harness, startHarness } from "../../testing/harness.ts";
import { AUTHENTICATED_GROUP, type User } from "../user.ts";

const RBAC = "/apis/rbac.authorization.k8s.io/v1";
const SPACE = `${RBAC}/namespaces/default`;

function user(name: string, ...groups: string[]): User {
  return { name, groups: [...groups, AUTHENTICATED_GROUP] };
}

function role(name: string, rules: unknown[], more: object = {}): object {
  return { metadata: { name }, rules, ...more };
}

function binding(
  name: string,
  roleRef: { kind: string; name: string },
  subjects: object[],
): object {
  const apiGroup = "rbac.authorization.k8s.io";
  return { metadata: { name }, roleRef: { apiGroup, ...roleRef }, subjects };
}

/** The text of a refusal, or the status when there is none. */
async function refusal(
  server: Harness,
  by: User,
  [method, path, body]: [string, string, unknown?],
): Promise<string | number> {
  const answer = await server.ask(method, path, {
    user: by,
    ...(body === undefined ? {} : { body }),
  });
  const value = await answer.json();
  return answer.status === 403 ? value.message : answer.status;
}

const READ_PODS = {
  verbs: ["get", "list"],
  apiGroups: [""],
  resources: ["pods"],
};

Deno.test("RbacAuthorizer allows what is bound, at once and until it is no more", async () => {
  await using server = await startHarness();
  const jane = user("jane");
  const list: [string, string] = ["GET", "/api/v1/namespaces/default/pods"];
  const refused =
    'pods is forbidden: User "jane" cannot list resource "pods" in API group "" in the namespace "default"';
  assert.equal(await refusal(server, jane, list), refused);
  await server.json("POST", `${SPACE}/roles`, {
    body: role("reader", [READ_PODS]),
  });
  await server.json("POST", `${SPACE}/rolebindings`, {
    body: binding("read", { kind: "Role", name: "reader" }, [{
      kind: "User",
      name: "jane",
    }]),
  });
  assert.equal(await refusal(server, jane, list), 200);
  assert.equal(
    await refusal(server, jane, ["GET", "/api/v1/pods"]),
    'pods is forbidden: User "jane" cannot list resource "pods" in API group "" at the cluster scope',
  );
  assert.match(
    String(
      await refusal(server, jane, [
        "GET",
        "/api/v1/namespaces/kube-system/pods",
      ]),
    ),
    /in the namespace "kube-system"$/,
  );
  await server.json("PATCH", `${SPACE}/roles/reader`, { body: { rules: [] } });
  assert.equal(await refusal(server, jane, list), refused);
  await server.json("DELETE", `${SPACE}/roles/reader`);
  assert.equal(
    await refusal(server, jane, list),
    `${refused}: RBAC: role.rbac.authorization.k8s.io "reader" not found`,
  );
});

Deno.test("RbacAuthorizer knows groups, ServiceAccounts, names, subresources and namespaces as their own members", async () => {
  await using server = await startHarness();
  const post = (path: string, body: object) =>
    server.json("POST", path, { body });
  await post(
    `${RBAC}/clusterroles`,
    role("mixed", [
      { verbs: ["get"], apiGroups: [""], resources: ["pods/log", "*/scale"] },
      {
        verbs: ["get", "list"],
        apiGroups: [""],
        resources: ["configmaps"],
        resourceNames: ["one"],
      },
      { verbs: ["get"], apiGroups: [""], resources: ["namespaces"] },
    ]),
  );
  await post(
    `${SPACE}/rolebindings`,
    binding("mixed", { kind: "ClusterRole", name: "mixed" }, [
      { kind: "Group", name: "crew" },
      { kind: "ServiceAccount", name: "robot", namespace: "kube-system" },
    ]),
  );
  const space = "/api/v1/namespaces/default";
  await post(`${space}/configmaps`, { metadata: { name: "one" } });
  const one = `${space}/configmaps`;
  const robot = user("system:serviceaccount:kube-system:robot");
  const crew = user("ann", "crew");
  const cases: [User, string, boolean][] = [
    [crew, `${one}/one`, true],
    [robot, `${one}/one`, true],
    [user("system:serviceaccount:default:robot"), `${one}/one`, false],
    [crew, `${one}/two`, false],
    [crew, one, false],
    [crew, `${one}?fieldSelector=metadata.name%3Done`, true],
    [crew, `${one}?fieldSelector=metadata.name%3Dtwo`, false],
    [crew, `${one}?fieldSelector=metadata.name!%3Done`, false],
    [crew, `${space}/pods/x/log`, true],
    [crew, `${space}/pods/x`, false],
    [crew, `${space}/replicationcontrollers/x/scale`, true],
    [crew, `${space}/replicationcontrollers/x`, false],
    [crew, "/api/v1/namespaces/default", true],
    [crew, "/api/v1/namespaces/kube-system", false],
    [crew, "/api/v1/namespaces", false],
  ];
  for (const [who, path, allowed] of cases) {
    const answer = await server.ask("GET", path, { user: who });
    await answer.body?.cancel();
    assert.equal(answer.status !== 403, allowed, `${who.name} ${path}`);
  }
});

Deno.test("RbacAuthorizer reads paths with and without a star", async () => {
  await using server = await startHarness();
  const post = (path: string, body: object) =>
    server.json("POST", path, { body });
  await post(
    `${RBAC}/clusterroles`,
    role("paths", [{
      verbs: ["get"],
      nonResourceURLs: ["/metrics", "/debug/*"],
    }]),
  );
  await post(
    `${RBAC}/clusterrolebindings`,
    binding("paths", { kind: "ClusterRole", name: "paths" }, [{
      kind: "Group",
      name: AUTHENTICATED_GROUP,
    }]),
  );
  const ask = async (path: string, by?: User) => {
    const answer = await server.ask("GET", path, by ? { user: by } : {});
    await answer.body?.cancel();
    return answer.status;
  };
  assert.equal(await ask("/metrics", user("jane")), 200);
  assert.equal(await ask("/debug/state", user("jane")), 200);
  assert.equal(await ask("/metrics/more", user("jane")), 403);
  assert.equal(await ask("/apis", user("jane")), 403);
});

Deno.test("authorizeSession() lets nobody into a pod who may only read", async () => {
  await using server = await startHarness();
  const post = (path: string, body: object) =>
    server.json("POST", path, { body });
  await post(
    `${RBAC}/clusterroles`,
    role("read", [{ verbs: ["get"], apiGroups: ["*"], resources: ["*"] }]),
  );
  await post(
    `${SPACE}/rolebindings`,
    binding("read", { kind: "ClusterRole", name: "read" }, [{
      kind: "User",
      name: "jane",
    }]),
  );
  const jane = user("jane");
  for (const session of ["exec", "attach", "portforward"]) {
    const path = `/api/v1/namespaces/default/pods/a/${session}`;
    assert.equal(
      await refusal(server, jane, ["GET", path]),
      'pods "a" is forbidden: ',
    );
    assert.match(
      String(await refusal(server, jane, ["POST", path, {}])),
      /cannot create resource "pods\/(exec|attach|portforward)"/,
    );
  }
  await post(
    `${SPACE}/roles`,
    role("enter", [{
      verbs: ["create"],
      apiGroups: [""],
      resources: ["pods/exec"],
    }]),
  );
  await post(
    `${SPACE}/rolebindings`,
    binding("enter", { kind: "Role", name: "enter" }, [{
      kind: "User",
      name: "jane",
    }]),
  );
  const path = "/api/v1/namespaces/default/pods/a/exec?command=a&stdout=1";
  assert.notEqual(typeof await refusal(server, jane, ["GET", path]), "string");
});

Deno.test("ensurePolicy() gives every user discovery and adds what was taken away, unless told not to", async () => {
  await using server = await startHarness({ policy: true });
  const jane = user("jane");
  await server.json("GET", "/apis", { user: jane });
  const path = `${RBAC}/clusterroles/system:discovery`;
  const before = await server.json("GET", path);
  assert.deepEqual(before.metadata.labels, {
    "kubernetes.io/bootstrapping": "rbac-defaults",
  });
  await server.json("PATCH", path, {
    body: { rules: [{ verbs: ["get"], nonResourceURLs: ["/mine"] }] },
  });
  const { ensurePolicy } = await import("../policy/ensure_policy.ts");
  await ensurePolicy(server.api);
  const repaired = await server.json("GET", path);
  assert.deepEqual(repaired.rules[0].nonResourceURLs, ["/mine"]);
  await server.json("GET", "/apis", { user: jane });
  const { revision } = server.api.store;
  await ensurePolicy(server.api);
  assert.equal(server.api.store.revision, revision);
  await server.json("PATCH", path, {
    body: {
      rules: [],
      metadata: {
        annotations: { "rbac.authorization.kubernetes.io/autoupdate": "false" },
      },
    },
  });
  await ensurePolicy(server.api);
  assert.deepEqual((await server.json("GET", path)).rules, []);
});

Deno.test("RbacAuthorizer: a selector on a name gives no right to create, nor to delete many", async () => {
  await using server = await startHarness();
  await server.json("POST", `${RBAC}/clusterroles`, {
    body: role("one", [{
      verbs: ["*"],
      apiGroups: [""],
      resources: ["configmaps"],
      resourceNames: ["one"],
    }]),
  });
  await server.json("POST", `${SPACE}/rolebindings`, {
    body: binding("one", { kind: "ClusterRole", name: "one" }, [
      { kind: "User", name: "jane" },
    ]),
  });
  const path =
    "/api/v1/namespaces/default/configmaps?fieldSelector=metadata.name%3Done";
  const ask = async (method: string, body?: object) => {
    const answer = await server.ask(method, path, {
      user: user("jane"),
      ...(body === undefined ? {} : { body }),
    });
    await answer.body?.cancel();
    return answer.status;
  };
  assert.equal(await ask("GET"), 200);
  assert.equal(await ask("POST", { metadata: { name: "two" } }), 403);
  assert.equal(await ask("DELETE"), 403);
});
