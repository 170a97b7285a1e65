import assert from "node:assert/strict";
import { checkName, withHint } from "./images.ts";

const HINT = 'a WASM module needs runtimeClassName "wasmtime", a bundle "deno"';

Deno.test("withHint() says what was forgotten when the image is for another engine", () => {
  for (
    const said of [
      "failed to unpack image on snapshotter overlayfs: mismatched image rootfs and manifest layers",
      "failed to generate spec: no command specified",
    ]
  ) {
    const told = withHint(said);
    assert.ok(told.startsWith(`${said}: `), told);
    assert.ok(told.endsWith(HINT), told);
  }
});

Deno.test("withHint() leaves other words as they are", () => {
  const said = 'failed to resolve reference "team/app:1": not found';
  assert.equal(withHint(said), said);
});

Deno.test("checkName() says that a file of the node is for another engine", () => {
  for (const image of ["file:///srv/app.wasm", "file:app.wat", "file:app.js"]) {
    assert.throws(() => checkName(image), {
      reason: "InvalidImageName",
      message: /it is a file of the node; .*runtimeClassName "wasmtime"/,
    });
  }
  for (const image of ["file:v1", "file/app:v1.js", "busybox"]) {
    checkName(image);
  }
});
