import assert from "node:assert/strict";
import { startHarness } from "../testing/harness.ts";

// deno-lint-ignore no-explicit-any
type Loose = any;

const PROTOBUF = "application/com.github.proto-openapi.spec.v2@v1.0+protobuf";
const ANSWERED = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf";

Deno.test("/openapi/v2 is JSON or protobuf, as is asked for", async () => {
  await using server = await startHarness();
  const types: Record<string, string | null> = {
    "application/json": "application/json",
    "*/*": "application/json",
    [`${PROTOBUF};q=0.5,application/json`]: "application/json",
    [PROTOBUF]: ANSWERED,
    [`${PROTOBUF},application/json`]: ANSWERED,
    [ANSWERED]: ANSWERED,
    "text/html": null,
  };
  for (const [accept, type] of Object.entries(types)) {
    const answer = await server.ask("GET", "/openapi/v2", {
      headers: { accept },
    });
    await answer.body?.cancel();
    assert.equal(answer.status, type === null ? 406 : 200, accept);
    if (type !== null) assert.equal(answer.headers.get("content-type"), type);
  }
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
