import assert from "node:assert/strict";
import { startHarness } from "../../apiserver/testing/harness.ts";
import { causesOf, tableOf } from "../testing/table.ts";

const GROUP = "admissionregistration.k8s.io/v1";
const CEL_KINDS = [
  ["ValidatingAdmissionPolicy", "validatingadmissionpolicies"],
  ["ValidatingAdmissionPolicyBinding", "validatingadmissionpolicybindings"],
  ["MutatingAdmissionPolicy", "mutatingadmissionpolicies"],
  ["MutatingAdmissionPolicyBinding", "mutatingadmissionpolicybindings"],
] as const;

for (const [kind, plural] of CEL_KINDS) {
  Deno.test(`a ${kind} is refused, because nothing would enforce it`, async () => {
    await using server = await startHarness();
    const path = `/apis/${GROUP}/${plural}`;
    const answer = await server.ask("POST", path, {
      body: { apiVersion: GROUP, kind, metadata: { name: "a" }, spec: {} },
    });
    assert.deepEqual(await causesOf(answer), {
      status: 422,
      causes: [
        "spec: Forbidden: CEL policies are not enforced by this server yet",
      ],
    });
    assert.deepEqual((await server.json("GET", path)).items, []);
  });
}

const WEBHOOK = {
  name: "check.example.com",
  clientConfig: { service: { namespace: "default", name: "check" } },
  rules: [{
    operations: ["CREATE"],
    apiGroups: [""],
    apiVersions: ["v1"],
    resources: ["pods"],
  }],
  sideEffects: "None",
  admissionReviewVersions: ["v1"],
};

Deno.test("a MutatingWebhookConfiguration gets its defaults, and counts its changes", async () => {
  await using server = await startHarness();
  const path = `/apis/${GROUP}/mutatingwebhookconfigurations`;
  const made = await server.json("POST", path, {
    body: {
      apiVersion: GROUP,
      kind: "MutatingWebhookConfiguration",
      metadata: { name: "a" },
      // It concerns no write of this test.
      webhooks: [{ ...WEBHOOK, failurePolicy: "Ignore" }],
    },
  });
  const [webhook] = made.webhooks;
  assert.equal(webhook.matchPolicy, "Equivalent");
  assert.equal(webhook.timeoutSeconds, 10);
  assert.equal(webhook.reinvocationPolicy, "Never");
  assert.equal(webhook.clientConfig.service.port, 443);
  assert.equal(webhook.rules[0].scope, "*");
  assert.deepEqual(webhook.namespaceSelector, {});
  assert.equal(made.metadata.generation, 1);
  assert.deepEqual(await tableOf(server, path), [{ Name: "a", Webhooks: 1 }]);
  const changed = await server.json("PATCH", `${path}/a`, {
    body: { webhooks: [] },
  });
  assert.equal(changed.metadata.generation, 2);
});

Deno.test("a webhook with a condition that cannot be evaluated is refused", async () => {
  await using server = await startHarness();
  const conditions = [
    { name: "always", expression: "true" },
    { name: "some", expression: "request.name == 'a'" },
  ];
  const answer = await server.ask(
    "POST",
    `/apis/${GROUP}/validatingwebhookconfigurations`,
    {
      body: {
        apiVersion: GROUP,
        kind: "ValidatingWebhookConfiguration",
        metadata: { name: "a" },
        webhooks: [{ ...WEBHOOK, matchConditions: conditions }],
      },
    },
  );
  assert.deepEqual(await causesOf(answer), {
    status: 422,
    causes: [
      `webhooks[0].matchConditions[1].expression: Invalid value: "request.name == 'a'": CEL expressions are not evaluated by this server yet`,
    ],
  });
});
