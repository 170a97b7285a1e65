import assert from "node:assert/strict";
import { formatReference } from "../../base/oci/reference.ts";
import { nameOfFile, readImageName, shortName } from "./image_name.ts";

const DIGEST = `sha256:${"a1".repeat(32)}`;

Deno.test("readImageName() takes a short name for the cluster's registry", () => {
  const whole = (text: string) => formatReference(readImageName(text));
  assert.equal(whole("hello"), "registry.wherry.internal/hello:latest");
  assert.equal(
    whole("team/hello:v1"),
    "registry.wherry.internal/team/hello:v1",
  );
  assert.equal(whole("docker.io/busybox"), "docker.io/library/busybox:latest");
  assert.equal(whole("host.example/team/a:1"), "host.example/team/a:1");
  assert.equal(whole("localhost:5000/a"), "localhost:5000/a:latest");
  for (const text of ["Hello", "a b", "/a", ""]) {
    assert.throws(() => readImageName(text), { message: /names no image/ });
  }
});

Deno.test("shortName() leaves the cluster's registry out", () => {
  assert.equal(shortName(readImageName("hello")), "hello:latest");
  assert.equal(shortName(readImageName(`a@${DIGEST}`)), `a@${DIGEST}`);
  assert.equal(shortName(readImageName("h.example/a:1")), "h.example/a:1");
});

Deno.test("nameOfFile() makes a name that services can have", () => {
  assert.equal(nameOfFile("/x/hello.ts"), "hello");
  assert.equal(nameOfFile("/x/My App_2.tsx"), "my-app-2");
  assert.equal(nameOfFile("/x/shop/main.ts"), "shop");
  assert.equal(nameOfFile("/x/2048.wasm"), "app");
  assert.equal(nameOfFile(`/x/${"a".repeat(39)}-b.ts`), "a".repeat(39));
});
