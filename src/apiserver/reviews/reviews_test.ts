import assert from "node:assert/strict";
import { AUTHENTICATED_GROUP, nodeUser, type User } from "../auth/user.ts";
import { type Harness, pod, startHarness } from "../testing/harness.ts";

const API = "/apis/authorization.k8s.io/v1";
const RBAC = "/apis/rbac.authorization.k8s.io/v1";
const JANE: User = { name: "jane", groups: [AUTHENTICATED_GROUP] };

async function withReader(): Promise<Harness> {
  const server = await startHarness({ policy: true });
  await server.json("POST", `${RBAC}/namespaces/default/rolebindings`, {
    body: {
      metadata: { name: "read" },
      roleRef: {
        apiGroup: "rbac.authorization.k8s.io",
        kind: "ClusterRole",
        name: "system:aggregate-to-view",
      },
      subjects: [{ kind: "User", name: "jane" }],
    },
  });
  return server;
}

async function status(
  server: Harness,
  path: string,
  { spec, user, metadata }: { spec: object; user?: User; metadata?: object },
) {
  const answer = await server.json("POST", `${API}/${path}`, {
    body: { spec, ...(metadata && { metadata }) },
    ...(user && { user }),
  });
  return answer.status;
}

const GET_POD = { verb: "get", resource: "pods", namespace: "default" };

Deno.test("createSelfSubjectAccessReview() says what one may do, and why", async () => {
  await using server = await withReader();
  const ask = (spec: object) =>
    status(server, "selfsubjectaccessreviews", { spec, user: JANE });
  assert.deepEqual(await ask({ resourceAttributes: GET_POD }), {
    allowed: true,
    reason:
      'RBAC: allowed by RoleBinding "read/default" of ClusterRole "system:aggregate-to-view" to User "jane"',
  });
  assert.deepEqual(
    await ask({ resourceAttributes: { ...GET_POD, verb: "delete" } }),
    { allowed: false },
  );
  assert.deepEqual(
    await ask({ nonResourceAttributes: { path: "/apis", verb: "get" } }),
    {
      allowed: true,
      reason:
        'RBAC: allowed by ClusterRoleBinding "system:discovery" of ClusterRole "system:discovery" to Group "system:authenticated"',
    },
  );
  const wrong = await server.json("POST", `${API}/selfsubjectaccessreviews`, {
    body: { spec: {} },
    user: JANE,
    status: 422,
  });
  assert.match(
    wrong.message,
    /^SelfSubjectAccessReview\.authorization\.k8s\.io "" is invalid: spec\.resourceAttributes: Invalid value: .*exactly one of nonResourceAttributes or resourceAttributes must be specified$/,
  );
});

Deno.test("createSubjectAccessReview() asks for another, and needs a right to", async () => {
  await using server = await withReader();
  const spec = { user: "jane", resourceAttributes: GET_POD };
  assert.equal(
    (await status(server, "subjectaccessreviews", { spec })).allowed,
    true,
  );
  const nobody = { user: "joe", groups: ["x"], resourceAttributes: GET_POD };
  assert.equal(
    (await status(server, "subjectaccessreviews", { spec: nobody })).allowed,
    false,
  );
  await server.json("POST", `${API}/subjectaccessreviews`, {
    body: { spec },
    user: JANE,
    status: 403,
  });
  const local = "namespaces/default/localsubjectaccessreviews";
  assert.equal((await status(server, local, { spec })).allowed, true);
  const other = await server.json("POST", `${API}/${local}`, {
    body: {
      spec: {
        ...spec,
        resourceAttributes: { ...GET_POD, namespace: "kube-system" },
      },
    },
    status: 422,
  });
  assert.match(
    other.message,
    /spec\.resourceAttributes\.namespace: Invalid value: "kube-system": must match metadata\.namespace/,
  );
});

Deno.test("createSubjectAccessReview() looks at field selectors", async () => {
  await using server = await withReader();
  await server.json("POST", "/api/v1/namespaces/default/pods", {
    body: pod("p", { spec: { nodeName: "n1" } }),
  });
  const { name: user, groups } = nodeUser("n1");
  const ask = (fieldSelector?: object, labelSelector?: object) =>
    status(server, "subjectaccessreviews", {
      spec: {
        user,
        groups,
        resourceAttributes: {
          verb: "list",
          resource: "pods",
          ...(fieldSelector && { fieldSelector }),
          ...(labelSelector && { labelSelector }),
        },
      },
    });
  const key = "spec.nodeName";
  assert.equal((await ask()).allowed, false);
  assert.equal((await ask({ rawSelector: "spec.nodeName=n1" })).allowed, true);
  assert.equal((await ask({ rawSelector: "spec.nodeName=n2" })).allowed, false);
  const requirement = (operator: string, values?: string[]) => ({
    requirements: [{ key, operator, ...(values && { values }) }],
  });
  assert.equal((await ask(requirement("In", ["n1"]))).allowed, true);
  assert.equal((await ask(requirement("NotIn", ["n1"]))).allowed, false);
  assert.equal(
    (await ask(requirement("Exists"))).evaluationError,
    "spec.resourceAttributes.fieldSelector ignored due to parse error",
  );
  assert.equal(
    (await ask({ rawSelector: "a" }, { rawSelector: "a in (" }))
      .evaluationError,
    "spec.resourceAttributes.fieldSelector ignored due to parse error; spec.resourceAttributes.labelSelector ignored due to parse error",
  );
});

Deno.test("createSelfSubjectRulesReview() lists what one may do", async () => {
  await using server = await withReader();
  const ask = (user: User, namespace = "default") =>
    status(server, "selfsubjectrulesreviews", { spec: { namespace }, user });
  const mine = await ask(JANE);
  assert.equal(mine.incomplete, false);
  const find = (plural: string) =>
    mine.resourceRules.filter(({ resources }: { resources: string[] }) =>
      resources.includes(plural)
    );
  assert.deepEqual(
    find("pods").map(({ verbs }: { verbs: string[] }) => verbs),
    [
      ["get", "list", "watch"],
    ],
  );
  assert.deepEqual(find("selfsubjectreviews")[0].verbs, ["create"]);
  assert.ok(
    mine.nonResourceRules.some((rule: { nonResourceURLs: string[] }) =>
      rule.nonResourceURLs.includes("/apis/*")
    ),
  );
  const elsewhere = await ask(JANE, "kube-system");
  assert.ok(elsewhere.resourceRules.length < mine.resourceRules.length);
  const node = await ask(nodeUser("n1"));
  assert.equal(node.incomplete, true);
  assert.equal(
    node.evaluationError,
    "node authorizer does not support user rule resolution",
  );
  const none = await server.json("POST", `${API}/selfsubjectrulesreviews`, {
    body: { spec: {} },
    user: JANE,
    status: 400,
  });
  assert.equal(none.message, "no namespace on request");
});
