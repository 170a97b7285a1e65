import assert from "node:assert/strict";
import { encodeBase64, encodeText } from "../../base/bytes.ts";
import { VirtualHost } from "../../testing/virtual_host.ts";
import { configMap, type Harness, startHarness } from "../testing/harness.ts";

// deno-lint-ignore no-explicit-any
type Loose = any;

type Answer = (request: Loose) => Record<string, unknown>;

/** A server whose webhooks are functions, by the path of their URL. */
async function serverWith(
  webhooks: Record<string, Answer>,
): Promise<{ server: Harness; asked: { path: string; request: Loose }[] }> {
  const asked: { path: string; request: Loose }[] = [];
  const host = new VirtualHost({
    fetch: async (request) => {
      const path = new URL(request.url).pathname.slice(1);
      const { apiVersion, kind, request: review } = await request.json();
      asked.push({ path, request: review });
      const response = { uid: review.uid, ...webhooks[path]!(review) };
      return Response.json({ apiVersion, kind, response });
    },
  });
  return { server: await startHarness({ host }), asked };
}

const allow: Answer = () => ({ allowed: true });

function patch(operations: unknown[]): Record<string, unknown> {
  return {
    allowed: true,
    patchType: "JSONPatch",
    patch: encodeBase64(encodeText(JSON.stringify(operations))),
  };
}

/** Adds a mark to a label, behind those that are there. */
function mark(text: string): Answer {
  return ({ object }) => {
    const marks = (object.metadata.labels?.marks ?? "") + text;
    return patch([{
      op: "add",
      path: "/metadata/labels",
      value: { ...object.metadata.labels, marks },
    }]);
  };
}

const RULE = {
  operations: ["*"],
  apiGroups: [""],
  apiVersions: ["*"],
  resources: ["configmaps"],
};

async function configure(
  server: Harness,
  kind: "Mutating" | "Validating",
  webhooks: Record<string, unknown>[],
): Promise<void> {
  await server.json(
    "POST",
    `/apis/admissionregistration.k8s.io/v1/${kind.toLowerCase()}webhookconfigurations`,
    {
      body: {
        metadata: { name: "test" },
        webhooks: webhooks.map(({ path, ...more }) => ({
          name: `${path}.example.org`,
          clientConfig: { url: `https://hooks.example.org/${path}` },
          admissionReviewVersions: ["v1"],
          sideEffects: "None",
          rules: [RULE],
          ...more,
        })),
      },
    },
  );
  for (let i = 0; i < 10; i++) await new Promise((done) => setTimeout(done, 0));
}

const MAPS = "/api/v1/namespaces/default/configmaps";

Deno.test("Mutating webhooks run in order, and once more when they want to know of later changes", async () => {
  const { server, asked } = await serverWith({
    a: mark("a"),
    b: mark("b"),
    c: allow,
  });
  await using _ = server;
  await configure(server, "Mutating", [
    { path: "a", reinvocationPolicy: "IfNeeded" },
    { path: "b" },
    { path: "c", reinvocationPolicy: "IfNeeded" },
  ]);
  const made = await server.json("POST", MAPS, { body: configMap("x") });
  assert.deepEqual(asked.map(({ path }) => path), ["a", "b", "c", "a"]);
  assert.equal(made.metadata.labels.marks, "aba");
});

Deno.test("A webhook is asked about what its selectors and rules name, and nothing else", async () => {
  const { server, asked } = await serverWith({ a: allow });
  await using _ = server;
  await configure(server, "Validating", [{
    path: "a",
    rules: [{ ...RULE, operations: ["UPDATE"] }],
    objectSelector: { matchLabels: { watched: "yes" } },
  }]);
  await server.json("POST", MAPS, { body: configMap("x") });
  await server.json("PATCH", `${MAPS}/x`, { body: { data: { a: "1" } } });
  assert.equal(asked.length, 0);
  await server.json("PATCH", `${MAPS}/x`, {
    body: { metadata: { labels: { watched: "yes" } } },
  });
  assert.equal(asked.length, 1, "it begins to match");
  await server.json("PATCH", `${MAPS}/x`, {
    body: { metadata: { labels: { watched: null } } },
  });
  assert.equal(asked.length, 2, "it matched before");
  await server.json("PATCH", `${MAPS}/x`, { body: { data: { a: "2" } } });
  assert.equal(asked.length, 2);
});

Deno.test("A webhook that names another version is asked in that version", async () => {
  const { server, asked } = await serverWith({ a: allow });
  await using _ = server;
  await configure(server, "Validating", [{
    path: "a",
    rules: [{
      ...RULE,
      apiGroups: ["autoscaling"],
      apiVersions: ["v1"],
      resources: ["horizontalpodautoscalers"],
    }],
  }]);
  await server.json(
    "POST",
    "/apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers",
    {
      body: {
        metadata: { name: "x" },
        spec: {
          scaleTargetRef: {
            apiVersion: "apps/v1",
            kind: "Deployment",
            name: "d",
          },
          maxReplicas: 3,
          metrics: [{
            type: "Resource",
            resource: {
              name: "cpu",
              target: { type: "Utilization", averageUtilization: 70 },
            },
          }],
        },
      },
    },
  );
  const { request } = asked[0]!;
  assert.equal(request.kind.version, "v1");
  assert.equal(request.requestKind.version, "v2");
  assert.equal(request.object.apiVersion, "autoscaling/v1");
  assert.equal(request.object.spec.targetCPUUtilizationPercentage, 70);
});

Deno.test("A change that is refused by a webhook is not made, and tells why", async () => {
  const { server } = await serverWith({
    a: ({ dryRun }) => ({
      allowed: false,
      status: { code: 409, reason: "Conflict", message: `dry: ${dryRun}` },
      auditAnnotations: { why: "test" },
    }),
  });
  await using _ = server;
  await configure(server, "Validating", [{ path: "a" }]);
  const refused = await server.json("POST", MAPS, {
    body: configMap("x"),
    status: 409,
  });
  assert.equal(
    refused.message,
    'admission webhook "a.example.org" denied the request: dry: false',
  );
  assert.equal(refused.reason, "Conflict");
  const dry = await server.json("POST", `${MAPS}?dryRun=All`, {
    body: configMap("x"),
    status: 409,
  });
  assert.match(dry.message, /dry: true/);
  await server.json("GET", `${MAPS}/x`, { status: 404 });
});

Deno.test("Answers that are none are failures", async () => {
  const answers: [Record<string, unknown>, RegExp][] = [
    [
      { uid: "other", allowed: true },
      /expected response\.uid="[^"]+", got "other"/,
    ],
    [
      { allowed: true, patch: "W10=" },
      /webhook returned response\.patch but not response\.patchType/,
    ],
    [
      patch([{ op: "remove", path: "/nowhere" }]),
      /Internal error occurred: the server rejected our request/,
    ],
  ];
  for (const [answer, wanted] of answers) {
    const { server } = await serverWith({ a: () => answer });
    await using _ = server;
    await configure(server, "Mutating", [{ path: "a" }]);
    const failed = await server.json("POST", MAPS, {
      body: configMap("x"),
      status: 500,
    });
    assert.match(failed.message, wanted);
  }
});

Deno.test("Webhook configurations themselves are not shown to webhooks", async () => {
  const { server, asked } = await serverWith({
    a: () => ({ allowed: false }),
  });
  await using _ = server;
  await configure(server, "Validating", [{
    path: "a",
    rules: [{ ...RULE, apiGroups: ["*"], resources: ["*"] }],
  }]);
  await server.json(
    "DELETE",
    "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/test",
  );
  assert.equal(asked.length, 0);
});
