/**
 * Admission and conversion webhooks: a real server, kubectl, and a webhook over HTTPS on the loopback.
 *
 * @module
 */
import assert from "node:assert/strict";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:https";
import {
  createAuthority,
  issueCertificate,
} from "../../src/base/certificates.ts";
import { encodeBase64, encodeText } from "../../src/base/bytes.ts";
import { makeRealHost } from "../../src/base/real_host.ts";
import { type KubectlRig, startRig } from "./rig.ts";

// deno-lint-ignore no-explicit-any
type Review = any;

/** A webhook that a test answers for. */
interface WebhookRig extends KubectlRig {
  /** What the webhook was asked, in order. */
  readonly asked: { path: string; review: Review }[];
  /** What it answers, by path. */
  readonly answers: Map<string, (review: Review) => unknown>;
  readonly port: number;
  readonly caBundle: string;
  url(path: string): string;
}

async function startWebhookRig(): Promise<WebhookRig> {
  await using stack = new AsyncDisposableStack();
  const rig = stack.use(await startRig({ allowLoopbackEndpoints: true }));
  const host = stack.use(makeRealHost({ logLevel: "error" }));
  const authority = createAuthority(host, { commonName: "webhooks" });
  const leaf = issueCertificate(host, {
    authority,
    request: {
      commonName: "webhook",
      usage: "server",
      dnsNames: ["hook.default.svc"],
      ipAddresses: ["127.0.0.1"],
    },
  });
  const asked: WebhookRig["asked"] = [];
  const answers: WebhookRig["answers"] = new Map();
  const server = createServer(
    { key: leaf.privateKey, cert: leaf.certificate },
    async (request: IncomingMessage, answer: ServerResponse) => {
      let text = "";
      for await (const chunk of request) text += chunk;
      const path = (request.url ?? "").split("?")[0]!;
      const review = JSON.parse(text);
      asked.push({ path, review });
      const made = answers.get(path)?.(review);
      if (made === undefined) {
        answer.statusCode = 500;
        answer.end("out of order");
        return;
      }
      answer.setHeader("content-type", "application/json");
      answer.end(JSON.stringify(made));
    },
  );
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  stack.defer(() =>
    new Promise<void>((done) => {
      server.closeAllConnections();
      server.close(() => done());
    })
  );
  const { port } = server.address() as { port: number };
  const owned = stack.move();
  return {
    ...rig,
    asked,
    answers,
    port,
    caBundle: encodeBase64(encodeText(authority.certificate)),
    url: (path) => `https://127.0.0.1:${port}${path}`,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** Answers a review. */
function respond(review: Review, response: Record<string, unknown>): unknown {
  return {
    apiVersion: "admission.k8s.io/v1",
    kind: "AdmissionReview",
    response: { uid: review.request.uid, ...response },
  };
}

function patch(review: Review, operations: unknown[]): unknown {
  return respond(review, {
    allowed: true,
    patchType: "JSONPatch",
    patch: encodeBase64(encodeText(JSON.stringify(operations))),
  });
}

/** A configuration of one webhook for ConfigMaps. */
function configuration(
  kind: "Mutating" | "Validating",
  clientConfig: Record<string, unknown>,
  more: Record<string, unknown> = {},
): string {
  return JSON.stringify({
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: `${kind}WebhookConfiguration`,
    metadata: { name: `${kind.toLowerCase()}-test` },
    webhooks: [{
      name: `${kind.toLowerCase()}.example.org`,
      clientConfig,
      admissionReviewVersions: ["v1"],
      sideEffects: "None",
      rules: [{
        operations: ["CREATE", "UPDATE", "DELETE"],
        apiGroups: [""],
        apiVersions: ["v1"],
        resources: ["configmaps"],
      }],
      namespaceSelector: {
        matchLabels: { "kubernetes.io/metadata.name": "default" },
      },
      ...more,
    }],
  });
}

Deno.test("A mutating webhook changes what is written, a validating one refuses it", async () => {
  await using rig = await startWebhookRig();
  const { url, caBundle, answers, asked } = rig;
  answers.set(
    "/mutate",
    (review) =>
      review.request.operation === "DELETE"
        ? respond(review, { allowed: true })
        : patch(review, [
          { op: "add", path: "/data", value: { added: "yes" } },
        ]),
  );
  answers.set("/validate", (review) =>
    respond(review, {
      allowed: review.request.name !== "wrong",
      status: { message: "no such names here", code: 403 },
      warnings: ["looked at it"],
    }));
  for (const kind of ["Mutating", "Validating"] as const) {
    const path = kind === "Mutating" ? "/mutate" : "/validate";
    await rig.ok(["apply", "-f", "-"], {
      stdin: configuration(kind, { url: url(path), caBundle }),
    });
  }
  const made = await rig.run(["create", "configmap", "right"]);
  assert.equal(made.code, 0, made.stderr);
  assert.match(made.stderr, /Warning: looked at it/);
  assert.equal(
    await rig.ok(["get", "cm", "right", "-o", "jsonpath={.data.added}"]),
    "yes",
  );
  const refused = await rig.run(["create", "configmap", "wrong"]);
  assert.equal(refused.code, 1);
  assert.match(
    refused.stderr,
    /admission webhook "validating\.example\.org" denied the request: no such names here/,
  );
  const { review } = asked.find(({ path }) => path === "/validate")!;
  assert.equal(review.request.object.data.added, "yes", "it sees the change");
  assert.deepEqual(review.request.kind, {
    group: "",
    version: "v1",
    kind: "ConfigMap",
  });
  assert.equal(review.request.operation, "CREATE");
  assert.equal(review.request.oldObject, null);
  assert.equal(review.request.options.kind, "CreateOptions");
  assert.equal(review.request.dryRun, false);
  const before = asked.length;
  await rig.ok(["create", "configmap", "elsewhere", "-n", "kube-system"]);
  assert.equal(asked.length, before, "another namespace is not its business");
  await rig.ok(["delete", "configmap", "right"]);
  const last = asked.at(-1)!.review.request;
  assert.equal(last.operation, "DELETE");
  assert.equal(last.object, null);
  assert.equal(last.oldObject.metadata.name, "right");
});

Deno.test("A webhook that fails stops the write, unless its policy says that it does not matter", async () => {
  await using rig = await startWebhookRig();
  const { url, caBundle } = rig;
  const client = { url: url("/broken"), caBundle };
  await rig.ok(["apply", "-f", "-"], {
    stdin: configuration("Validating", client),
  });
  const failed = await rig.run(["create", "configmap", "a"]);
  assert.equal(failed.code, 1);
  assert.equal(
    failed.stderr,
    `error: failed to create configmap: Internal error occurred: failed calling webhook "validating.example.org": failed to call webhook: an error on the server ("out of order") has prevented the request from succeeding\n`,
  );
  await rig.ok(["apply", "-f", "-"], {
    stdin: configuration("Validating", client, { failurePolicy: "Ignore" }),
  });
  await rig.ok(["create", "configmap", "a"]);
  await rig.ok(["apply", "-f", "-"], {
    stdin: configuration("Validating", {
      url: "https://127.0.0.1:1/x",
      caBundle,
    }),
  });
  const unreachable = await rig.run(["create", "configmap", "b"]);
  assert.match(
    unreachable.stderr,
    /failed to call webhook: Post "https:\/\/127\.0\.0\.1:1\/x\?timeout=10s": .*connection refused/,
  );
});

Deno.test("A webhook is reached as a service, by its name and certificate", async () => {
  await using rig = await startWebhookRig();
  const { port, caBundle, answers, asked } = rig;
  answers.set("/hook", (review) => respond(review, { allowed: true }));
  await rig.ok(["apply", "-f", "-"], {
    stdin: [
      {
        apiVersion: "v1",
        kind: "Service",
        metadata: { name: "hook" },
        spec: { ports: [{ port: 443, targetPort: port }] },
      },
      {
        apiVersion: "discovery.k8s.io/v1",
        kind: "EndpointSlice",
        metadata: {
          name: "hook-1",
          labels: { "kubernetes.io/service-name": "hook" },
        },
        addressType: "IPv4",
        endpoints: [{ addresses: ["127.0.0.1"] }],
        ports: [{ port }],
      },
    ].map((object) => JSON.stringify(object)).join("\n"),
  });
  const configure = async (name: string) => {
    await rig.ok(["apply", "-f", "-"], {
      stdin: configuration("Validating", {
        service: { name, namespace: "default", path: "/hook" },
        caBundle,
      }),
    });
  };
  await configure("missing");
  const missing = await rig.run(["create", "configmap", "a"]);
  assert.match(
    missing.stderr,
    /Post "https:\/\/missing\.default\.svc:443\/hook\?timeout=10s": service "missing" not found/,
  );
  assert.equal(asked.length, 0);
  await configure("hook");
  await rig.ok(["create", "configmap", "a"]);
  assert.equal(asked.at(-1)?.review.request.name, "a");
});

/** A kind whose port was a text in v1beta1 and is a number in v1, where it is stored. */
function definition(clientConfig: Record<string, unknown>): string {
  const version = (name: string, type: string, storage: boolean) => ({
    name,
    served: true,
    storage,
    schema: {
      openAPIV3Schema: {
        type: "object",
        properties: {
          spec: { type: "object", properties: { port: { type } } },
        },
      },
    },
    selectableFields: [{ jsonPath: ".spec.port" }],
  });
  return JSON.stringify({
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: "doors.example.org" },
    spec: {
      group: "example.org",
      scope: "Namespaced",
      names: { plural: "doors", kind: "Door" },
      versions: [
        version("v1", "integer", true),
        version("v1beta1", "string", false),
      ],
      conversion: {
        strategy: "Webhook",
        webhook: { clientConfig, conversionReviewVersions: ["v1"] },
      },
    },
  });
}

Deno.test("A conversion webhook makes objects of other versions", async () => {
  await using rig = await startWebhookRig();
  const { url, caBundle, answers, asked } = rig;
  answers.set("/convert", ({ apiVersion, request }) => ({
    apiVersion,
    kind: "ConversionReview",
    response: {
      uid: request.uid,
      result: { status: "Success" },
      convertedObjects: request.objects.map((object: Review) => ({
        ...object,
        apiVersion: request.desiredAPIVersion,
        spec: {
          port: request.desiredAPIVersion.endsWith("/v1")
            ? Number(object.spec.port)
            : String(object.spec.port),
        },
      })),
    },
  }));
  await rig.ok(["apply", "-f", "-"], {
    stdin: definition({ url: url("/convert"), caBundle }),
  });
  await rig.ok([
    "wait",
    "--for=condition=Established",
    "crd/doors.example.org",
  ]);
  const door = (name: string, version: string, port: unknown) =>
    JSON.stringify({
      apiVersion: `example.org/${version}`,
      kind: "Door",
      metadata: { name },
      spec: { port },
    });
  await rig.ok(["apply", "-f", "-"], { stdin: door("old", "v1beta1", "80") });
  await rig.ok(["apply", "-f", "-"], { stdin: door("new", "v1", 443) });
  const ports = (kind: string) =>
    rig.ok(["get", kind, "-o", "jsonpath={.items[*].spec.port}"]);
  assert.equal(await ports("doors.v1.example.org"), "443 80");
  const raw = await rig.ok([
    "get",
    "--raw",
    "/apis/example.org/v1beta1/namespaces/default/doors",
  ]);
  assert.deepEqual(
    JSON.parse(raw).items.map((item: Review) => [
      item.apiVersion,
      item.spec.port,
    ]),
    [["example.org/v1beta1", "443"], ["example.org/v1beta1", "80"]],
  );
  assert.equal(
    await rig.ok([
      "get",
      "doors.v1beta1.example.org",
      "-o",
      "name",
      "--field-selector=spec.port=80",
    ]),
    "door.example.org/old\n",
  );
  await rig.ok([
    "patch",
    "doors.v1beta1.example.org",
    "new",
    "--type=merge",
    "-p",
    '{"spec":{"port":"8443"}}',
  ]);
  assert.equal(await ports("doors.v1.example.org"), "8443 80");
  const stays = await rig.ok([
    "get",
    "doors.v1.example.org",
    "new",
    "-o",
    "jsonpath={.metadata.generation}",
  ]);
  assert.equal(stays, "2");
  const wrong = await rig.run(["apply", "-f", "-"], {
    stdin: door("wrong", "v1beta1", 1),
  });
  assert.match(
    wrong.stderr,
    /spec.port: Invalid value: "integer": spec.port in body must be of type string: "integer"/,
    "objects are judged in the version that they come in",
  );
  answers.delete("/convert");
  const failed = await rig.run([
    "apply",
    "-f",
    "-",
  ], { stdin: door("third", "v1beta1", "22") });
  assert.match(
    failed.stderr,
    /conversion webhook for example.org\/v1beta1, Kind=Door failed: an error on the server \("out of order"\) has prevented the request from succeeding/,
  );
  assert.ok(asked.every(({ path }) => path === "/convert"));
});
