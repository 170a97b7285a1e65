import assert from "node:assert/strict";
import { formatReference, parseReference } from "./reference.ts";

const DIGEST = `sha256:${"a1".repeat(32)}`;

Deno.test("parseReference() gives a name the parts that it leaves out", () => {
  const whole = (text: string) => formatReference(parseReference(text)!);
  assert.equal(whole("busybox"), "docker.io/library/busybox:latest");
  assert.equal(whole("team/app:v1"), "docker.io/team/app:v1");
  assert.equal(whole("localhost/app"), "localhost/app:latest");
  assert.equal(whole("host.example:5000/a/b"), "host.example:5000/a/b:latest");
  assert.equal(whole("[::1]:5000/a"), "[::1]:5000/a:latest");
  assert.equal(whole(`host.example/a@${DIGEST}`), `host.example/a@${DIGEST}`);
  assert.equal(whole(`a:v1@${DIGEST}`), `docker.io/library/a:v1@${DIGEST}`);
});

Deno.test("parseReference() refuses what names no image", () => {
  for (
    const text of [
      ...["", ":v1", "/a", "a/", "host.example/", "host.example:x/a", "UPPER"],
      ...["a:", "a:-x", "a@", "a@sha256:12", `a@${DIGEST}@${DIGEST}`, "a b"],
      ...["file:///a.wasm", "a/../b", "host.example/A", "a".repeat(257)],
    ]
  ) assert.equal(parseReference(text), undefined, text);
});
