import assert from "node:assert/strict";
import { negotiate } from "./negotiate.ts";

Deno.test("negotiate() answers JSON when nothing is asked for", () => {
  for (const accept of [null, "", "*/*", "application/json", "application/*"]) {
    assert.deepEqual(negotiate(accept), { media: "json", form: "object" });
  }
});

Deno.test("negotiate() passes over protobuf and CBOR when JSON comes after", () => {
  for (
    const first of ["application/vnd.kubernetes.protobuf", "application/cbor"]
  ) {
    assert.equal(negotiate(`${first},application/json`)?.media, "json");
    assert.equal(negotiate(first), undefined);
  }
});

Deno.test("negotiate() takes the first form it can serve", () => {
  const kubectl =
    "application/json;as=Table;v=v1;g=meta.k8s.io,application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json";
  assert.equal(negotiate(kubectl)?.form, "table");
  const old =
    "application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json";
  assert.equal(negotiate(old)?.form, "object");
  const metadata =
    "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";
  assert.equal(negotiate(metadata)?.form, "metadata-list");
});

Deno.test("negotiate() heeds quality when it is given", () => {
  const accept = "application/json;q=0.5, application/yaml";
  assert.equal(negotiate(accept)?.media, "yaml");
});

Deno.test("negotiate() knows aggregated discovery", () => {
  const accept =
    "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json";
  assert.equal(negotiate(accept)?.discovery, "v2");
});
