import assert from "node:assert/strict";
import type { Pod } from "../../src/api/core/pod.ts";
import type { Secret } from "../../src/api/core/secret.ts";
import { pullCredentials, repositoryOf } from "./pull_auth.ts";

/** Secrets by name: registries with the user that is for them. */
function secrets(
  users: Record<string, Record<string, string>>,
): Record<string, Secret> {
  return Object.fromEntries(
    Object.entries(users).map(([name, auths]) => [name, {
      metadata: { name, namespace: "default", uid: `uid-${name}` },
      data: {
        ".dockerconfigjson": btoa(JSON.stringify({
          auths: Object.fromEntries(
            Object.entries(auths).map(([place, user]) => [
              place,
              { auth: btoa(`${user}:p:w`) },
            ]),
          ),
        })),
      },
    }]),
  );
}

async function users(
  image: string,
  held: Record<string, Secret>,
  names = Object.keys(held),
): Promise<string[]> {
  const pod = {
    metadata: { name: "web", namespace: "default" },
    spec: {
      containers: [],
      imagePullSecrets: names.map((name) => ({ name })),
    },
  } as Pod;
  const source = {
    configMap: () => Promise.resolve(undefined),
    secret: ({ name }: { name: string }) => Promise.resolve(held[name]),
  };
  const { credentials, missing } = await pullCredentials(source, pod, image);
  for (const { password } of credentials) assert.equal(password, "p:w");
  return [
    ...credentials.map(({ username }) => username),
    ...missing.map((name) => `no ${name}`),
  ];
}

Deno.test("pullCredentials() gives all that fit, the most specific first", async () => {
  const held = secrets({
    one: { "reg.example:5000": "host", "reg.example": "other port" },
    two: { "https://reg.example:5000/team": "team" },
    three: { "reg.example:5000/other": "other path" },
  });
  assert.deepEqual(await users("reg.example:5000/team/app:1", held), [
    "team",
    "host",
  ]);
});

Deno.test("pullCredentials() knows wildcards in parts of a host", async () => {
  const held = secrets({
    one: { "*.example.com": "any", "*.com": "too short" },
    two: { "r[ab].example.com": "class" },
  });
  assert.deepEqual(await users("ra.example.com/app", held), ["class", "any"]);
  assert.deepEqual(await users("x.ra.example.com/app", held), []);
});

Deno.test("pullCredentials() knows the default registry by Docker's names for it", async () => {
  for (
    const place of [
      "https://index.docker.io/v1/",
      "index.docker.io",
      "docker.io",
    ]
  ) {
    const held = secrets({ one: { [place]: "me" } });
    for (const image of ["busybox", "me/app:2", "docker.io/me/app"]) {
      assert.deepEqual(await users(image, held), ["me"], `${place} ${image}`);
    }
    assert.deepEqual(await users("reg.example/app", held), []);
  }
});

Deno.test("pullCredentials() reads old files, and passes over what is missing or broken", async () => {
  const held: Record<string, Secret> = {
    old: {
      metadata: { name: "old" },
      data: {
        ".dockercfg": btoa(
          JSON.stringify({ "reg.example": { username: "u", password: "p:w" } }),
        ),
      },
    },
    broken: { metadata: { name: "broken" }, data: { ".dockercfg": "e30K!" } },
  };
  assert.deepEqual(
    await users("reg.example/app", held, ["broken", "none", "old"]),
    ["u", "no none"],
  );
});

Deno.test("repositoryOf() names registry and path in full", () => {
  for (
    const [image, repository] of [
      ["busybox", "docker.io/library/busybox"],
      ["me/app:1", "docker.io/me/app"],
      ["docker.io/busybox", "docker.io/library/busybox"],
      ["localhost/app", "localhost/app"],
      [`r:5000/a/b:1@sha256:${"0".repeat(64)}`, "r:5000/a/b"],
    ]
  ) assert.equal(repositoryOf(image!), repository);
});
