import assert from "node:assert/strict";
import { VirtualHost } from "../../testing/virtual_host.ts";
import { dockerCredentials } from "./docker_config.ts";

function hostWith(config: unknown): VirtualHost {
  const host = new VirtualHost({ env: { HOME: "/home/me" } });
  host.files.set("/home/me/.docker/config.json", JSON.stringify(config));
  return host;
}

Deno.test("dockerCredentials() finds a registry's, whatever form its name has", async () => {
  const auth = btoa("me:pass:word");
  const wanted = { username: "me", password: "pass:word" };
  for (
    const key of ["r.example", "https://r.example", "https://r.example/v1/"]
  ) {
    const host = hostWith({ auths: { [key]: { auth } } });
    assert.deepEqual(await dockerCredentials(host, "r.example"), wanted);
    assert.equal(await dockerCredentials(host, "other.example"), undefined);
  }
  const docker = hostWith({
    auths: { "https://index.docker.io/v1/": { auth } },
  });
  assert.deepEqual(await dockerCredentials(docker, "docker.io"), wanted);
});

Deno.test("dockerCredentials() asks a registry's helper, else all registries'", async () => {
  const host = hostWith({
    credHelpers: { "r.example": "one" },
    credsStore: "all",
  });
  const asked: string[] = [];
  Object.assign(host.processes, {
    run(command: string, options: { stdin: string }) {
      asked.push(`${command} ${options.stdin}`);
      return Promise.resolve(
        command.endsWith("one")
          ? {
            code: 0,
            stdout: '{"Username":"u","Secret":"s"}',
            stderr: "",
          }
          : { code: 1, stdout: "credentials not found", stderr: "" },
      );
    },
  });
  assert.deepEqual(await dockerCredentials(host, "r.example"), {
    username: "u",
    password: "s",
  });
  assert.equal(await dockerCredentials(host, "docker.io"), undefined);
  assert.deepEqual(asked, [
    "docker-credential-one r.example",
    "docker-credential-all https://index.docker.io/v1/",
  ]);
});

Deno.test("dockerCredentials() does without a file, but not with one that is no JSON", async () => {
  const none = new VirtualHost({ env: { HOME: "/home/me" } });
  assert.equal(await dockerCredentials(none, "r.example"), undefined);
  none.files.set("/home/me/.docker/config.json", "{");
  await assert.rejects(dockerCredentials(none, "r.example"), {
    message: /^cannot read the credentials in "\/home\/me/,
  });
  const elsewhere = new VirtualHost({ env: { DOCKER_CONFIG: "/d" } });
  elsewhere.files.set(
    "/d/config.json",
    '{"auths":{"r.example":{"username":"u","password":"p"}}}',
  );
  assert.deepEqual(await dockerCredentials(elsewhere, "r.example"), {
    username: "u",
    password: "p",
  });
});
