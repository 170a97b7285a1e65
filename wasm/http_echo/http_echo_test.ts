import assert from "node:assert/strict";
import { testWith } from "../../src/testing/needs.ts";
import { serveGuest } from "../guest_rig.ts";

const serve = (
  options: readonly string[],
  ask: (url: string) => Promise<void>,
) => serveGuest("http_echo", { options: ["-S", "cli=y", ...options], ask });

async function answer(
  url: string,
  init: RequestInit = {},
): Promise<[number, string | null, string]> {
  const response = await fetch(url, init);
  return [
    response.status,
    response.headers.get("content-type"),
    await response.text(),
  ];
}

testWith("http_echo answers with its pod's name, the path and health", {
  needs: ["wasmtime"],
  fn: () =>
    serve(["--env", "POD_NAMES=no", "--env", "POD_NAME=web-1"], async (url) => {
      const ok = (text: string) => [200, "text/plain", text];
      assert.deepEqual(await answer(`${url}/`), ok("hello from web-1\n"));
      assert.deepEqual(await answer(`${url}/healthz`), ok("ok\n"));
      assert.deepEqual(
        await answer(`${url}/a/b?c=d`),
        ok("hello from web-1, asked for /a/b?c=d\n"),
      );
      assert.deepEqual(
        await answer(`${url}/`, { method: "POST", body: "ignored" }),
        ok("hello from web-1\n"),
      );
      const long = `/${"x".repeat(10_000)}`; // more than one write to the body
      assert.deepEqual(
        await answer(url + long),
        ok(`hello from web-1, asked for ${long}\n`),
      );
    }),
});

testWith("http_echo answers ? when it has no pod's name", {
  needs: ["wasmtime"],
  fn: () =>
    serve([], async (url) => {
      assert.equal((await answer(`${url}/`))[2], "hello from ?\n");
    }),
});

testWith("http_echo answers a slow request while it answers others", {
  needs: ["wasmtime"],
  fn: () =>
    serve(["--env", "POD_NAME=web-1"], async (url) => {
      const order: string[] = [];
      const note = async (path: string) => {
        await answer(url + path);
        order.push(path);
      };
      await Promise.all([note("/sleep/600"), note("/fast")]);
      assert.deepEqual(order, ["/fast", "/sleep/600"]);
    }),
});
