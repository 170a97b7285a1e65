/** How a kubelet comes to a certificate by a join token: rights, approval and signature together. */
import assert from "node:assert/strict";
import { makeRealHost } from "../base/real_host.ts";
import type { ServerConfig } from "../client/http_transport.ts";
import { HttpTransport } from "../client/http_transport.ts";
import {
  CERTIFICATE_SIGNING_REQUESTS,
  NODES,
  SECRETS,
} from "../client/resources.ts";
import { hasStatusCode } from "../client/response_error.ts";
import { RestClient } from "../client/rest_client.ts";
import { makeJoinToken } from "../cli/commands/token.ts";
import { startServer } from "../server_main.ts";
import { pkcs10 } from "../testing/pkcs10.ts";
import { SERVER_PARTS } from "./server_parts.ts";

const LIMIT_MS = 20_000;

Deno.test("a join token brings a kubelet its first certificate, and that one the next; no certificate of a node that is there", async () => {
  const left: string[] = [];
  using host = makeRealHost({
    logLevel: "warn",
    writeLog: (line) => {
      if (line.includes("asked for a node that is there")) left.push(line);
    },
  });
  const folder = await Deno.makeTempDir();
  const server = await startServer(host, {
    dataDir: folder,
    listen: { hostname: "127.0.0.1", port: 0 },
    parts: SERVER_PARTS,
  });
  try {
    const clientOf = (config: Partial<ServerConfig>) =>
      new RestClient(
        new HttpTransport(host, {
          server: server.url,
          ca: server.caCertificate,
          ...config,
        }),
      );
    const admin = clientOf({ token: server.adminToken });
    const token = await makeJoinToken(host, { client: admin, ttlSeconds: 600 });

    /** Asks, as somebody, for the certificate of a node. */
    const ask = async (client: RestClient, name: string, node: string) => {
      const { request, privatePem } = pkcs10(host, {
        name: `system:node:${node}`,
        organization: "system:nodes",
      });
      await client.create(CERTIFICATE_SIGNING_REQUESTS, {
        apiVersion: "certificates.k8s.io/v1",
        kind: "CertificateSigningRequest",
        metadata: { name },
        spec: {
          request,
          signerName: "kubernetes.io/kube-apiserver-client-kubelet",
          usages: ["digital signature", "client auth"],
        },
      } as never);
      return privatePem;
    };
    const until = async <T>(
      what: string,
      find: () => Promise<T | undefined>,
    ) => {
      const deadline = Date.now() + LIMIT_MS;
      for (;;) {
        const found = await find();
        if (found !== undefined) return found;
        if (Date.now() > deadline) throw new Error(`Not so far: ${what}`);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    };
    const certificate = (name: string) =>
      until(`${name} is signed`, async () => {
        const { status } = await admin.get(CERTIFICATE_SIGNING_REQUESTS, {
          name,
        });
        return status?.certificate && atob(status.certificate);
      });

    const bootstrap = clientOf({ token });
    const privateKey = await ask(bootstrap, "first", "edge-1");
    const node = clientOf({
      clientCertificate: {
        certificate: await certificate("first"),
        privateKey,
      },
    });
    const made = await node.create(NODES, {
      apiVersion: "v1",
      kind: "Node",
      metadata: { name: "edge-1" },
      spec: {},
    });
    assert.equal(made.metadata.name, "edge-1");
    await assert.rejects(
      node.get(SECRETS, { name: "x", namespace: "kube-system" }),
      (error) => hasStatusCode(error, 403),
    );

    // Its own again, and another token's wish for it.
    await admin.create(SECRETS, {
      metadata: { name: "node-identity-edge-2", namespace: "kube-system" },
    });
    await ask(bootstrap, "stolen", "edge-1");
    await ask(bootstrap, "stolen-key", "edge-2");
    await ask(node, "foreign", "edge-3").then(
      () => assert.fail("A node may not ask for another"),
      (error) => assert.ok(hasStatusCode(error, 403), String(error)),
    );
    await ask(node, "next", "edge-1");
    assert.match(await certificate("next"), /BEGIN CERTIFICATE/);
    await until(
      "both were looked at",
      () => Promise.resolve(left.length >= 2 || undefined),
    );
    for (const name of ["stolen", "stolen-key"]) {
      const { status } = await admin.get(CERTIFICATE_SIGNING_REQUESTS, {
        name,
      });
      assert.deepEqual(status?.conditions ?? [], [], name);
    }
  } finally {
    await server[Symbol.asyncDispose]();
    await Deno.remove(folder, { recursive: true });
  }
});
