import assert from "node:assert/strict";
import { parseRegistryConfig } from "./registry_config.ts";

Deno.test("parseRegistryConfig() reads mirrors, passwords and certificates as K3s writes them", async () => {
  const { mirrors, hosts } = await parseRegistryConfig(`
mirrors:
  docker.io:
    endpoint:
      - "https://mirror.example:5000"
      - "http://plain.example/v2/proxy"
  "*":
configs:
  "mirror.example:5000":
    auth:
      username: ann
      password: secret
    tls:
      cert_file: /c.pem
      key_file: /k.pem
      ca_file: /ca.pem
  other.example:
    auth: { auth: "${btoa("bob:pass:word")}" }
    tls: { insecure_skip_verify: true }
`);
  assert.deepEqual(mirrors.get("docker.io")!.map(({ href }) => href), [
    "https://mirror.example:5000/",
    "http://plain.example/v2/proxy",
  ]);
  assert.deepEqual(mirrors.get("*"), []);
  assert.deepEqual(Object.fromEntries(hosts), {
    "mirror.example:5000": {
      auth: { username: "ann", password: "secret" },
      tls: { caFile: "/ca.pem", certFile: "/c.pem", keyFile: "/k.pem" },
    },
    "other.example": {
      auth: { username: "bob", password: "pass:word" },
      tls: { insecureSkipVerify: true },
    },
  });
});

Deno.test("parseRegistryConfig() takes an empty file for nothing", async () => {
  const { mirrors, hosts } = await parseRegistryConfig("");
  assert.equal(mirrors.size + hosts.size, 0);
});

for (
  const [text, message] of [
    ["a: [", /./],
    ["- a", /Invalid the file: must be an object/],
    ["mirror: {}", /"mirror" is not supported, only mirrors, configs/],
    ["mirrors: []", /Invalid mirrors: must be an object/],
    ["mirrors: { a: { endpoint: x } }", /endpoint: must be a list/],
    [
      "mirrors: { a: { endpoint: [x] } }",
      /Invalid mirrors\["a"\].endpoint\[0\]: must be a URL/,
    ],
    ["mirrors: { a: { endpoint: [ftp://x] } }", /must be a URL/],
    ["mirrors: { a: { rewrite: {} } }", /"rewrite" is not supported/],
    ["configs: { a: { auth: { username: x } } }", /must have username and/],
    [
      "configs: { a: { auth: { identity_token: t } } }",
      /"identity_token" is not supported/,
    ],
    ["configs: { a: { auth: { auth: '%' } } }", /must have username and/],
    ["configs: { a: { tls: { ca_file: 7 } } }", /ca_file: must be text/],
    ["configs: { a: { tls: { key_file: k } } }", /go together/],
    [
      "configs: { a: { tls: { insecure_skip_verify: 1 } } }",
      /must be true or false/,
    ],
  ] as const
) {
  Deno.test(`parseRegistryConfig() says what is wrong with ${text}`, async () => {
    await assert.rejects(parseRegistryConfig(text), message);
  });
}
