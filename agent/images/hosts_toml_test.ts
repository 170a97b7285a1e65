import assert from "node:assert/strict";
import { forwarderToml, hostsToml } from "./hosts_toml.ts";
import { parseRegistryConfig } from "./registry_config.ts";

Deno.test("hostsToml() says of mirrors and certificates what containerd understands", async () => {
  const files = hostsToml(
    await parseRegistryConfig(`
mirrors:
  docker.io: { endpoint: ["http://m1:5000", "https://m2/proxy/v2"] }
  "*": { endpoint: ["https://m3"] }
configs:
  m2: { tls: { ca_file: /ca, cert_file: /c, key_file: /k } }
  own.example: { tls: { insecure_skip_verify: true } }
  named.example: { auth: { username: a, password: b } }
`),
  );
  assert.deepEqual([...files.keys()], [
    "docker.io",
    "_default",
    "m2",
    "own.example",
  ]);
  assert.equal(
    files.get("docker.io"),
    `server = "https://registry-1.docker.io"

[host."http://m1:5000"]
capabilities = ["pull", "resolve"]

[host."https://m2/proxy/v2"]
capabilities = ["pull", "resolve"]
override_path = true
ca = "/ca"
client = [["/c", "/k"]]
`,
  );
  assert.equal(
    files.get("_default"),
    `[host."https://m3"]
capabilities = ["pull", "resolve"]
`,
  );
  assert.equal(
    files.get("own.example"),
    `server = "https://own.example"
skip_verify = true

[host."https://own.example"]
capabilities = ["pull", "resolve"]
skip_verify = true
`,
  );
});

Deno.test("forwarderToml() leads to this machine, with the key", () => {
  assert.equal(
    forwarderToml(4711, "secret"),
    `server = "http://127.0.0.1:4711"
capabilities = ["pull", "resolve"]

[header]
x-wherry-key = "secret"

[host."http://127.0.0.1:4711"]
capabilities = ["pull", "resolve"]

[host."http://127.0.0.1:4711".header]
x-wherry-key = "secret"
`,
  );
});
