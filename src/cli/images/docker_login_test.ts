import assert from "node:assert/strict";
import { VirtualHost } from "../../testing/virtual_host.ts";
import { dockerCredentials } from "./docker_config.ts";
import { keepLogin } from "./docker_login.ts";

Deno.test("keepLogin() keeps what is found again, and all that others keep", async () => {
  const host = new VirtualHost({ env: { HOME: "/home/me" } });
  const path = "/home/me/.docker/config.json";
  host.files.set(
    path,
    '{"credHelpers":{"h.example":"x"},"auths":{"a.example":{"auth":"eA=="}}}',
  );
  const credentials = { username: "me", password: "pass:word" };
  assert.equal(await keepLogin(host, "r.example:5000", credentials), path);
  await keepLogin(host, "docker.io", credentials);
  assert.deepEqual(
    await dockerCredentials(host, "r.example:5000"),
    credentials,
  );
  assert.deepEqual(await dockerCredentials(host, "docker.io"), credentials);
  const config = JSON.parse(host.files.get(path)!);
  assert.deepEqual(Object.keys(config.auths), [
    "a.example",
    "r.example:5000",
    "https://index.docker.io/v1/",
  ]);
  assert.deepEqual(config.credHelpers, { "h.example": "x" });
  await keepLogin(host, "r.example:5000");
  assert.equal(await dockerCredentials(host, "r.example:5000"), undefined);
});

Deno.test("keepLogin() makes the file, and does not write over one that it cannot read", async () => {
  const host = new VirtualHost({ env: { DOCKER_CONFIG: "/d" } });
  await keepLogin(host, "r.example", { username: "a", password: "b" });
  assert.deepEqual(JSON.parse(host.files.get("/d/config.json")!), {
    auths: { "r.example": { auth: btoa("a:b") } },
  });
  host.files.set("/d/config.json", "{");
  await assert.rejects(keepLogin(host, "r.example"), {
    message: /^cannot read the credentials/,
  });
});
