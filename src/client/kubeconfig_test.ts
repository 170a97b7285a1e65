import assert from "node:assert/strict";
import { HostError } from "../base/host.ts";
import { VirtualHost } from "../testing/virtual_host.ts";
import { loadKubeconfig, writeKubeconfig } from "./kubeconfig.ts";

const base64 = (text: string) => new TextEncoder().encode(text).toBase64();

const TWO_CONTEXTS = `
apiVersion: v1
kind: Config
current-context: one
clusters:
- name: c1
  cluster: {server: "https://one:6443", certificate-authority-data: ${
  base64("CA ONE")
}}
- name: c2
  cluster: {server: "https://two:6443", insecure-skip-tls-verify: true}
users:
- name: u1
  user: {token: secret-1}
- name: u2
  user: {client-certificate: pki/c.crt, client-key: /abs/c.key}
contexts:
- name: one
  context: {cluster: c1, user: u1, namespace: web}
- name: two
  context: {cluster: c2, user: u2}
`;

Deno.test("loadKubeconfig() resolves the current context with inline data", async () => {
  const host = new VirtualHost({ env: { HOME: "/home/me" } });
  host.files.set("/home/me/.kube/config", TWO_CONTEXTS);
  assert.deepEqual(await loadKubeconfig(host), {
    server: "https://one:6443",
    namespace: "web",
    context: "one",
    ca: "CA ONE",
    token: "secret-1",
  });
});

Deno.test("loadKubeconfig() reads files named in it from its own folder", async () => {
  const host = new VirtualHost();
  host.files.set("/etc/w/config", TWO_CONTEXTS);
  host.files.set("/etc/w/pki/c.crt", "CERT");
  host.files.set("/abs/c.key", "KEY");
  assert.deepEqual(
    await loadKubeconfig(host, { path: "/etc/w/config", context: "two" }),
    {
      server: "https://two:6443",
      namespace: "default",
      context: "two",
      insecureSkipVerify: true,
      clientCertificate: { certificate: "CERT", privateKey: "KEY" },
    },
  );
});

Deno.test("loadKubeconfig() merges the files of KUBECONFIG, the first wins and missing ones are skipped", async () => {
  const host = new VirtualHost({
    env: { KUBECONFIG: "/a:/none:/b", HOME: "/home/me" },
  });
  host.files.set(
    "/a",
    "current-context: two\nusers:\n- {name: u2, user: {token: first}}",
  );
  host.files.set("/b", TWO_CONTEXTS);
  const config = await loadKubeconfig(host);
  assert.equal(config.server, "https://two:6443");
  assert.equal(config.token, "first");
});

Deno.test("loadKubeconfig() says what is wrong", async () => {
  const host = new VirtualHost({ env: { HOME: "/home/me" } });
  await assert.rejects(
    loadKubeconfig(host),
    new HostError(
      "not-found",
      'Cannot find a kubeconfig: looked for "/home/me/.kube/config"',
    ),
  );
  await assert.rejects(loadKubeconfig(host, { path: "/named" }), HostError);
  host.files.set("/named", TWO_CONTEXTS);
  await assert.rejects(
    loadKubeconfig(host, { path: "/named", context: "three" }),
    new TypeError('Cannot use the kubeconfig: no context "three"'),
  );
  host.files.set("/named", "a: [");
  await assert.rejects(
    loadKubeconfig(host, { path: "/named" }),
    new TypeError('Cannot parse the kubeconfig "/named"'),
  );
});

Deno.test("writeKubeconfig() writes what loadKubeconfig() reads", async () => {
  const host = new VirtualHost();
  await writeKubeconfig(host, "/out/config", {
    server: "https://127.0.0.1:6443",
    ca: "-----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----\n",
    token: "t0ken",
  });
  assert.deepEqual(await loadKubeconfig(host, { path: "/out/config" }), {
    server: "https://127.0.0.1:6443",
    namespace: "default",
    context: "wherry",
    ca: "-----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----\n",
    token: "t0ken",
  });
});
