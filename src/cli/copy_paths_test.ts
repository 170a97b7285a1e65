import assert from "node:assert/strict";
import { memberPlace, memberPrefix, parseFileSpec } from "./copy_paths.ts";

Deno.test("parseFileSpec() tells files here from those of pods", () => {
  assert.deepEqual(parseFileSpec("./dir/"), { path: "./dir" });
  assert.deepEqual(parseFileSpec("web:/data"), { pod: "web", path: "/data" });
  assert.deepEqual(parseFileSpec("team/web:a"), {
    namespace: "team",
    pod: "web",
    path: "a",
  });
  assert.deepEqual(parseFileSpec("web:"), { pod: "web", path: "" });
  for (const text of [":/x", "a/b/c:/x"]) {
    assert.throws(() => parseFileSpec(text), /canonical format/);
  }
});

Deno.test("memberPrefix() is what tar leaves of a path", () => {
  assert.equal(memberPrefix("/data/dir"), "data/dir");
  assert.equal(memberPrefix("data/./x/../y"), "data/y");
  assert.equal(memberPrefix("../../etc"), "etc");
  assert.equal(memberPrefix("/"), "");
  assert.equal(memberPrefix("."), "");
});

Deno.test("memberPlace() lets nothing out of the folder", () => {
  assert.equal(memberPlace("out", "/a/b"), "out/a/b");
  assert.equal(memberPlace("/tmp/out", ""), "/tmp/out");
  assert.equal(memberPlace("out", "/a/../b"), "out/b");
  assert.equal(memberPlace("out", "/../b"), undefined);
  assert.equal(memberPlace("out", "/a/../../b"), undefined);
});
