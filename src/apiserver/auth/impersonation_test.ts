import assert from "node:assert/strict";
import { ADMIN, type Harness, startHarness } from "../testing/harness.ts";
import { AUTHENTICATED_GROUP, type User } from "./user.ts";

const WHOAMI = "/apis/authentication.k8s.io/v1/selfsubjectreviews";
const RBAC = "/apis/rbac.authorization.k8s.io/v1";

/** Who the server takes a request for, or why it does not. */
async function whoami(
  server: Harness,
  headers: Record<string, string>,
  user: User = ADMIN,
) {
  const answer = await server.ask("POST", WHOAMI, { user, headers, body: {} });
  const value = await answer.json();
  return answer.status === 201 ? value.status.userInfo : value.message;
}

Deno.test("impersonated() gives a user its groups, UID and more", async () => {
  await using server = await startHarness({ policy: true });
  assert.deepEqual(
    await whoami(server, {
      "Impersonate-User": "jane",
      "Impersonate-Group": "crew, deck",
      "Impersonate-Uid": "42",
      "Impersonate-Extra-Scopes": "view",
      "Impersonate-Extra-Example.org%2fSite": "north",
    }),
    {
      username: "jane",
      uid: "42",
      groups: ["crew", "deck", "system:authenticated"],
      extra: { scopes: ["view"], "example.org/site": ["north"] },
    },
  );
  assert.deepEqual(
    await whoami(server, {
      "Impersonate-User": "system:serviceaccount:default:robot",
    }),
    {
      username: "system:serviceaccount:default:robot",
      groups: [
        "system:serviceaccounts",
        "system:serviceaccounts:default",
        "system:authenticated",
      ],
    },
  );
  assert.equal(
    await whoami(server, { "Impersonate-User": "system:anonymous" }),
    'selfsubjectreviews.authentication.k8s.io is forbidden: User "system:anonymous" cannot create resource "selfsubjectreviews" in API group "authentication.k8s.io" at the cluster scope',
  );
});

Deno.test("impersonated() refuses headers that name nobody", async () => {
  await using server = await startHarness();
  assert.equal(
    await whoami(server, { "Impersonate-Group": "crew" }),
    'requested &user.DefaultInfo{Name:"", UID:"", Groups:[]string{"crew"}, Extra:map[string][]string(nil)} without impersonating a user name',
  );
  assert.equal(
    await whoami(server, { "Impersonate-Extra-Scopes": "view" }),
    'requested &user.DefaultInfo{Name:"", UID:"", Groups:[]string(nil), Extra:map[string][]string{"scopes":[]string{"view"}}} without impersonating a user name',
  );
});

const HELPER: User = { name: "helper", groups: [AUTHENTICATED_GROUP] };

/** A server where one user has these rights in the whole cluster. */
async function withRights(...rules: object[]): Promise<Harness> {
  const server = await startHarness({ policy: true });
  await server.json("POST", `${RBAC}/clusterroles`, {
    body: { metadata: { name: "act" }, rules },
  });
  await server.json("POST", `${RBAC}/clusterrolebindings`, {
    body: {
      metadata: { name: "act" },
      roleRef: {
        apiGroup: "rbac.authorization.k8s.io",
        kind: "ClusterRole",
        name: "act",
      },
      subjects: [{ kind: "User", name: "helper" }],
    },
  });
  return server;
}

const right = (verb: string, resources: string[], more: object = {}) => ({
  verbs: [verb],
  apiGroups: [""],
  resources,
  ...more,
});
const authentication = { apiGroups: ["authentication.k8s.io"] };

Deno.test("impersonated() asks for the right to each part", async () => {
  await using server = await withRights(
    right("impersonate", ["users"]),
    right("impersonate", ["groups"], { resourceNames: ["crew"] }),
    right("impersonate", ["userextras/scopes"], {
      ...authentication,
      resourceNames: ["view"],
    }),
  );
  // The first of the ways that could have been tells why not.
  const refused = (mode: string) =>
    `selfsubjectreviews.authentication.k8s.io is forbidden: User "helper" cannot impersonate-on:${mode}:create resource "selfsubjectreviews" in API group "authentication.k8s.io" at the cluster scope`;
  const jane = { "Impersonate-User": "jane" };
  const cases: [Record<string, string>, string?][] = [
    [jane],
    [{ ...jane, "Impersonate-Group": "crew" }],
    [{ ...jane, "Impersonate-Extra-Scopes": "view" }],
    [{ ...jane, "Impersonate-Group": "system:masters" }, "user-info"],
    [{ ...jane, "Impersonate-Group": "crew, deck" }, "user-info"],
    [{ ...jane, "Impersonate-Uid": "1" }, "user-info"],
    [{ ...jane, "Impersonate-Extra-Scopes": "edit" }, "user-info"],
    [
      { "Impersonate-User": "system:serviceaccount:default:robot" },
      "serviceaccount",
    ],
    // The old right to a user is one to nodes as well.
    [{ "Impersonate-User": "system:node:n1" }],
  ];
  for (const [headers, mode] of cases) {
    const who = await whoami(server, headers, HELPER);
    if (mode === undefined) {
      assert.equal(who.username, headers["Impersonate-User"]);
    } else assert.equal(who, refused(mode), JSON.stringify(headers));
  }
});

Deno.test("impersonated() knows rights to some users, for some requests", async () => {
  await using server = await withRights(
    right("impersonate-on:user-info:create", ["selfsubjectreviews"], {
      ...authentication,
    }),
    right("impersonate-on:arbitrary-node:create", ["selfsubjectreviews"], {
      ...authentication,
    }),
    right("impersonate:user-info", ["users", "groups", "userextras/*"], {
      ...authentication,
    }),
    right("impersonate:user-info", ["userextras/example.org/site"], {
      ...authentication,
    }),
    right("impersonate:arbitrary-node", ["nodes"], {
      ...authentication,
      resourceNames: ["n1"],
    }),
  );
  const ask = (headers: Record<string, string>) =>
    whoami(server, headers, HELPER);
  const jane = { "Impersonate-User": "jane" };
  assert.deepEqual(
    await ask({
      ...jane,
      "Impersonate-Group": "crew",
      "Impersonate-Extra-Example.org%2fSite": "north",
    }),
    {
      username: "jane",
      groups: ["crew", "system:authenticated"],
      extra: { "example.org/site": ["north"] },
    },
  );
  const limited = (resource: string, what: string, why: string) =>
    `${what} is forbidden: User "helper" cannot impersonate:user-info resource "${resource}" in API group "authentication.k8s.io" at the cluster scope: ${why}`;
  assert.equal(
    await ask({ ...jane, "Impersonate-Group": "system:masters" }),
    limited(
      "groups",
      'groups.authentication.k8s.io "system:masters"',
      "impersonating the system:masters group is not allowed",
    ),
  );
  assert.equal(
    await ask({ ...jane, "Impersonate-Extra-Scopes": "view" }),
    limited(
      "userextras",
      "userextras.authentication.k8s.io",
      'impersonating an invalid key in extra is not allowed: extra.key: Invalid value: "scopes": must be a domain-prefixed path (such as "acme.io/foo")',
    ),
  );
  assert.deepEqual(await ask({ "Impersonate-User": "system:node:n1" }), {
    username: "system:node:n1",
    groups: ["system:nodes", "system:authenticated"],
  });
  assert.equal(
    await ask({ "Impersonate-User": "system:node:n2" }),
    'nodes.authentication.k8s.io "n2" is forbidden: User "helper" cannot impersonate:arbitrary-node resource "nodes" in API group "authentication.k8s.io" at the cluster scope',
  );
  const list = await server.json("GET", "/api/v1/pods", {
    user: HELPER,
    headers: jane,
    status: 403,
  });
  assert.match(
    list.message,
    /cannot impersonate-on:user-info:list resource "pods"/,
  );
});

Deno.test("impersonated() lets a pod act as its own node, where that is allowed", async () => {
  await using server = await startHarness({ policy: true });
  await server.json("POST", `${RBAC}/clusterroles`, {
    body: {
      metadata: { name: "act" },
      rules: [
        right("impersonate-on:associated-node:create", ["selfsubjectreviews"], {
          ...authentication,
        }),
        right("impersonate:associated-node", ["nodes"], { ...authentication }),
      ],
    },
  });
  await server.json("POST", `${RBAC}/clusterrolebindings`, {
    body: {
      metadata: { name: "act" },
      roleRef: {
        apiGroup: "rbac.authorization.k8s.io",
        kind: "ClusterRole",
        name: "act",
      },
      subjects: [{
        kind: "ServiceAccount",
        name: "robot",
        namespace: "default",
      }],
    },
  });
  const on = (node: string): User => ({
    name: "system:serviceaccount:default:robot",
    groups: [AUTHENTICATED_GROUP],
    extra: { "authentication.kubernetes.io/node-name": [node] },
  });
  const asNode = { "Impersonate-User": "system:node:n1" };
  assert.equal(
    (await whoami(server, asNode, on("n1"))).username,
    "system:node:n1",
  );
  assert.match(
    await whoami(server, asNode, on("n2")),
    /cannot impersonate-on:arbitrary-node:create/,
  );
});

Deno.test("impersonated() takes keys for what they are, whatever objects have by themselves", async () => {
  await using server = await startHarness({ policy: true });
  const { extra } = await whoami(server, {
    "Impersonate-User": "jane",
    "Impersonate-Extra-__proto__": "a",
    "Impersonate-Extra-constructor": "b",
  });
  assert.deepEqual(Object.entries(extra), [["__proto__", ["a"]], [
    "constructor",
    ["b"],
  ]]);
});
