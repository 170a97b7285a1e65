import assert from "node:assert/strict";
import { VirtualHost } from "../../testing/virtual_host.ts";
import { type Harness, startHarness, WatchLines } from "../testing/harness.ts";

// deno-lint-ignore no-explicit-any
type Loose = any;

const V1 = "/apis/example.org/v1/namespaces/default/doors";
const BETA = "/apis/example.org/v1beta1/namespaces/default/doors";

/** The webhook of a kind whose port is a text in v1beta1 and a number in v1. */
function convert({ apiVersion, request }: Loose): Loose {
  const { uid, desiredAPIVersion, objects } = request;
  return {
    apiVersion,
    kind: "ConversionReview",
    response: {
      uid,
      result: { status: "Success" },
      convertedObjects: objects.map((object: Loose) => ({
        ...object,
        apiVersion: desiredAPIVersion,
        metadata: { ...object.metadata, labels: { converted: "yes" } },
        spec: {
          port: desiredAPIVersion.endsWith("/v1")
            ? Number(object.spec.port)
            : String(object.spec.port),
        },
      })),
    },
  };
}

/** A server with that kind; what the webhook answers can be replaced. */
async function startServer(): Promise<{
  server: Harness;
  webhook: { answer(review: Loose): Loose; calls: number };
}> {
  const webhook = { answer: convert, calls: 0 };
  const host = new VirtualHost({
    fetch: async (request) => {
      webhook.calls++;
      return Response.json(webhook.answer(await request.json()));
    },
  });
  const server = await startHarness({ host });
  const version = (name: string, type: string) => ({
    name,
    served: true,
    storage: name === "v1",
    schema: {
      openAPIV3Schema: {
        type: "object",
        properties: {
          spec: { type: "object", properties: { port: { type } } },
        },
      },
    },
  });
  await server.json(
    "POST",
    "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
    {
      body: {
        metadata: { name: "doors.example.org" },
        spec: {
          group: "example.org",
          scope: "Namespaced",
          names: { plural: "doors", kind: "Door" },
          versions: [version("v1", "integer"), version("v1beta1", "string")],
          conversion: {
            strategy: "Webhook",
            webhook: {
              clientConfig: { url: "https://hooks.example.org/convert" },
              conversionReviewVersions: ["v1"],
            },
          },
        },
      },
    },
  );
  for (let i = 0; i < 50; i++) await new Promise((done) => setTimeout(done, 0));
  return { server, webhook };
}

function door(name: string, port: unknown): Loose {
  return { metadata: { name }, spec: { port } };
}

Deno.test("WebhookConverter converts what is listed with one call, and remembers it", async () => {
  const { server, webhook } = await startServer();
  await using _ = server;
  for (let i = 0; i < 5; i++) {
    await server.json("POST", V1, { body: door(`d${i}`, i) });
  }
  assert.equal(webhook.calls, 0, "what is stored as it comes needs nobody");
  const ports = async () =>
    (await server.json("GET", BETA)).items.map((one: Loose) => one.spec.port);
  assert.deepEqual(await ports(), ["0", "1", "2", "3", "4"]);
  assert.equal(webhook.calls, 1);
  assert.deepEqual(await ports(), ["0", "1", "2", "3", "4"]);
  assert.equal(webhook.calls, 1);
  const table = await server.json("GET", BETA, {
    headers: { accept: "application/json;as=Table;g=meta.k8s.io;v=v1" },
  });
  assert.equal(table.rows.length, 5);
});

Deno.test("WebhookConverter converts what a watch sees", async () => {
  const { server } = await startServer();
  await using _ = server;
  await server.json("POST", V1, { body: door("a", 1) });
  await using lines = new WatchLines(
    await server.ask("GET", `${BETA}?watch=1`),
  );
  const next = async () => {
    const { type, object } = await lines.next();
    return [type, object.apiVersion, object.spec.port];
  };
  const beta = "example.org/v1beta1";
  assert.deepEqual(await next(), ["ADDED", beta, "1"]);
  await server.json("PATCH", `${V1}/a`, { body: { spec: { port: 2 } } });
  assert.deepEqual(await next(), ["MODIFIED", beta, "2"]);
  await server.json("PATCH", `${BETA}/a`, { body: { spec: { port: "3" } } });
  assert.deepEqual(await next(), ["MODIFIED", beta, "3"]);
  await server.json("DELETE", BETA);
  assert.deepEqual(await next(), ["DELETED", beta, "3"]);
});

Deno.test("WebhookConverter keeps metadata but labels and annotations", async () => {
  const { server, webhook } = await startServer();
  await using _ = server;
  webhook.answer = (review) => {
    const made = convert(review);
    for (const object of made.response.convertedObjects) {
      object.metadata.generation = 99;
      object.metadata.finalizers = ["example.org/no"];
    }
    return made;
  };
  const made = await server.json("POST", BETA, { body: door("a", "1") });
  assert.deepEqual(made.metadata.labels, { converted: "yes" });
  assert.equal(made.metadata.generation, 1);
  assert.equal(made.metadata.finalizers, undefined);
});

Deno.test("WebhookConverter refuses what is no conversion", async () => {
  const { server, webhook } = await startServer();
  await using _ = server;
  const cases: [(response: Loose) => void, RegExp][] = [
    [
      (response) => response.convertedObjects = [],
      /^conversion webhook for example\.org\/v1beta1, Kind=Door returned 0 objects, expected 1$/,
    ],
    [
      (response) => response.convertedObjects[0].kind = "Gate",
      /returned invalid object: invalid kind \(expected Door, received Gate\)$/,
    ],
    [
      (response) => response.convertedObjects[0].metadata.name = "b",
      /returned invalid object: must have the same name: a != b$/,
    ],
    [
      (response) => response.result = { status: "Failure", message: "no way" },
      /^conversion webhook for example\.org\/v1beta1, Kind=Door failed: no way$/,
    ],
    [
      (response) => response.uid = "x",
      /failed: expected response\.uid="[^"]+", got "x"$/,
    ],
  ];
  for (const [spoil, wanted] of cases) {
    webhook.answer = (review) => {
      const made = convert(review);
      spoil(made.response);
      return made;
    };
    const failed = await server.json("POST", BETA, {
      body: door("a", "1"),
      status: 500,
    });
    assert.match(failed.message, wanted);
  }
  assert.deepEqual((await server.json("GET", V1)).items, []);
});
