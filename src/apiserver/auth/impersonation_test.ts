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

Deno.test("impersonated() asks for the right to each part", async () => {
  await using server = await startHarness({ policy: true });
  const helper: User = { name: "helper", groups: [AUTHENTICATED_GROUP] };
  const who = "system:serviceaccount:default:robot";
  const refused = (what: string, group = "", scope = "at the cluster scope") =>
    new RegExp(
      `is forbidden: User "helper" cannot impersonate resource "${what}" in API group "${group}" ${scope}$`,
    );
  assert.match(
    await whoami(server, { "Impersonate-User": "jane" }, helper),
    refused("users"),
  );
  await server.json("POST", `${RBAC}/clusterroles`, {
    body: {
      metadata: { name: "act" },
      rules: [
        { verbs: ["impersonate"], apiGroups: [""], resources: ["users"] },
        {
          verbs: ["impersonate"],
          apiGroups: [""],
          resources: ["groups"],
          resourceNames: ["crew"],
        },
        {
          verbs: ["impersonate"],
          apiGroups: ["authentication.k8s.io"],
          resources: ["userextras/scopes"],
          resourceNames: ["view"],
        },
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
      subjects: [{ kind: "User", name: "helper" }],
    },
  });
  const jane = { "Impersonate-User": "jane" };
  const ask = (headers: Record<string, string>) =>
    whoami(server, headers, helper);
  assert.equal((await ask(jane)).username, "jane");
  assert.equal(
    (await ask({ ...jane, "Impersonate-Group": "crew" })).username,
    "jane",
  );
  assert.match(
    await ask({ ...jane, "Impersonate-Group": "system:masters" }),
    refused("groups"),
  );
  assert.match(
    await ask({ ...jane, "Impersonate-Uid": "1" }),
    refused("uids", "authentication.k8s.io"),
  );
  assert.equal(
    (await ask({ ...jane, "Impersonate-Extra-Scopes": "view" })).username,
    "jane",
  );
  assert.match(
    await ask({ ...jane, "Impersonate-Extra-Scopes": "edit" }),
    refused("userextras/scopes", "authentication.k8s.io"),
  );
  assert.match(
    await ask({ "Impersonate-User": who }),
    refused("serviceaccounts", "", 'in the namespace "default"'),
  );
});
