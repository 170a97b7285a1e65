import assert from "node:assert/strict";
import { startHarness } from "../testing/harness.ts";

// deno-lint-ignore no-explicit-any
type Loose = any;

const PROTOBUF = "application/com.github.proto-openapi.spec.v2@v1.0+protobuf";

Deno.test("/openapi/v2 is JSON for whoever takes JSON as well, and nothing else", async () => {
  await using server = await startHarness();
  const document = await server.json("GET", "/openapi/v2", {
    headers: { accept: `${PROTOBUF},application/json` },
  });
  assert.equal(document.swagger, "2.0");
  const refused = await server.ask("GET", "/openapi/v2", {
    headers: { accept: PROTOBUF },
  });
  assert.equal(refused.status, 406);
  await refused.body?.cancel();
});

Deno.test("/openapi/v2 refers to its own definitions, in its own words", async () => {
  await using server = await startHarness();
  const { definitions, paths } = await server.json("GET", "/openapi/v2");
  const text = JSON.stringify({ definitions, paths });
  assert.ok(!text.includes("#/components/"));
  for (const [, name] of text.matchAll(/"\$ref":"#\/definitions\/([^"]+)"/g)) {
    assert.ok(name! in definitions, name);
  }
  const pod = definitions["io.k8s.api.core.v1.Pod"];
  assert.deepEqual(pod["x-kubernetes-group-version-kind"], [
    { group: "", version: "v1", kind: "Pod" },
  ]);
  assert.equal(
    pod.properties.spec.$ref,
    "#/definitions/io.k8s.api.core.v1.PodSpec",
  );
  const { post, parameters } = paths["/api/v1/namespaces/{namespace}/pods"];
  assert.equal(
    post.parameters.find((one: Loose) => one.in === "body").schema.$ref,
    "#/definitions/io.k8s.api.core.v1.Pod",
  );
  assert.equal(
    parameters.find((one: Loose) => one.name === "namespace").type,
    "string",
  );
  const { patch } = paths["/api/v1/namespaces/{namespace}/pods/{name}"];
  assert.ok(
    patch.consumes.includes("application/strategic-merge-patch+json"),
  );
});

Deno.test("OpenAPI documents are not sent again to whoever has them", async () => {
  await using server = await startHarness();
  for (const path of ["/openapi/v2", "/openapi/v3/apis/apps/v1"]) {
    const first = await server.ask("GET", path);
    await first.body?.cancel();
    const etag = first.headers.get("etag")!;
    const again = await server.ask("GET", path, {
      headers: { "if-none-match": etag },
    });
    assert.equal(again.status, 304, path);
  }
});
