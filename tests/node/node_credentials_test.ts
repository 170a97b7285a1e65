/**
 * A node's credentials, whichever of them and whichever way they come, open nothing of another node.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { ServerLink } from "../../agent/link/dial.ts";
import { parseJoinToken } from "../../agent/link/join_token.ts";
import { Identity } from "../../agent/node/identity.ts";
import { issueCertificate } from "../../src/base/certificates.ts";
import { makeRealHost } from "../../src/base/real_host.ts";
import { testWith } from "../../src/testing/needs.ts";
import { type Any, wasmPod } from "../e2e/objects.ts";
import { Rig } from "../e2e/rig.ts";

/** Somebody who asks: the status code and the object. */
type Ask = (
  method: string,
  path: string,
  body?: unknown,
) => Promise<{ status: number; value: Any }>;

const DEFAULT = "/api/v1/namespaces/default";

testWith("a node token used for another node's pods or secrets is refused", {
  needs: ["wasmtime", "linux"],
  fn: async (t) => {
    await using rig = await Rig.open();
    using host = makeRealHost({ logLevel: "error" });
    const { url, dir } = rig.cluster;
    const { ca } = await rig.cluster.credentials();
    for (const name of ["mine", "yours"]) {
      await rig.call("POST", `${DEFAULT}/secrets`, {
        metadata: { name },
        stringData: { text: name },
      });
      await rig.call("POST", `${DEFAULT}/configmaps`, {
        metadata: { name },
        data: { text: name },
      });
      await rig.call("POST", `${DEFAULT}/serviceaccounts`, {
        metadata: { name },
      });
    }
    const pod = (name: string, nodeName: string) =>
      wasmPod(name, ["sleep", "3600000"], {
        nodeName,
        serviceAccountName: name,
        container: {
          envFrom: [{ secretRef: { name } }, { configMapRef: { name } }],
        },
      });
    // The pod of the rig's node, n1, is what nobody else may get at.
    await rig.create(pod("mine", "n1"));

    /** What nobody but n1 may do. Nothing of it may change anything. */
    const forbidden: readonly [string, string, Any?][] = [
      ["GET", `${DEFAULT}/secrets/mine`],
      ["GET", `${DEFAULT}/secrets`],
      ["GET", "/api/v1/secrets"],
      ["GET", `${DEFAULT}/secrets?watch=1&fieldSelector=metadata.name%3Dmine`],
      ["GET", `${DEFAULT}/configmaps/mine`],
      ["GET", `${DEFAULT}/pods/mine`],
      ["GET", "/api/v1/pods?fieldSelector=spec.nodeName%3Dn1"],
      ["GET", `${DEFAULT}/pods/mine/log`],
      ["POST", `${DEFAULT}/pods/mine/exec?command=id&stdout=1`],
      ["POST", `${DEFAULT}/pods/mine/eviction`, {
        metadata: { name: "mine" },
      }],
      ["DELETE", `${DEFAULT}/pods/mine`],
      ["PATCH", `${DEFAULT}/pods/mine`, { metadata: { labels: { a: "b" } } }],
      ["PATCH", `${DEFAULT}/pods/mine/status`, { status: { phase: "Failed" } }],
      ["POST", `${DEFAULT}/serviceaccounts/mine/token`, { spec: {} }],
      ["POST", `${DEFAULT}/pods`, {
        metadata: {
          name: "mirror",
          annotations: { "kubernetes.io/config.mirror": "x" },
        },
        spec: { nodeName: "n1", containers: [{ name: "a", image: "a" }] },
      }],
      ["POST", `${DEFAULT}/pods`, {
        metadata: { name: "plain" },
        spec: { containers: [{ name: "a", image: "a" }] },
      }],
      ["PATCH", "/api/v1/nodes/n1/status", { status: { phase: "x" } }],
      ["PATCH", "/api/v1/nodes/n1", { spec: { unschedulable: true } }],
      ["DELETE", "/api/v1/nodes/n1"],
      ["GET", "/api/v1/nodes/n1/proxy/pods"],
      [
        "PATCH",
        "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/n1",
        { spec: { holderIdentity: "n2" } },
      ],
    ];
    const tries = async (t: Deno.TestContext, ask: Ask) => {
      const before = await rig.get("pods", "mine");
      for (const [method, path, body] of forbidden) {
        await t.step(`${method} ${path.split("?")[0]}`, async () => {
          const { status, value } = await ask(method, path, body);
          assert.equal(status, 403, JSON.stringify(value));
          assert.doesNotMatch(JSON.stringify(value), /bWluZQ==|"text"/);
        });
      }
      const { metadata, status } = await rig.get("pods", "mine");
      assert.equal(metadata.uid, before.metadata.uid);
      assert.deepEqual(metadata.labels, before.metadata.labels);
      assert.notEqual(status.phase, "Failed");
      const node = await rig.call("GET", "/api/v1/nodes/n1");
      assert.equal(node.spec.unschedulable, undefined);
    };

    const joinToken = (await rig.cluster.wherry("token", "create")).stdout
      .trim();
    const stop = new AbortController();
    const link = new ServerLink(host, {
      server: url,
      node: "n2",
      identity: await Identity.load(host, join(dir, "n2")),
      token: parseJoinToken(joinToken),
      handler: () => Promise.resolve(new Response("no", { status: 404 })),
    });
    const running = link.run(stop.signal).catch(() => {});
    try {
      const overLink: Ask = async (method, path, body) => {
        const answer = await link.transport.fetch(
          new Request(`http://server${path}`, init(method, body)),
        );
        return { status: answer.status, value: await answer.json() };
      };
      const own = async (ask: Ask) => {
        const { status, value } = await ask("GET", `${DEFAULT}/secrets/yours`);
        assert.equal(status, 200, JSON.stringify(value));
        assert.equal(atob(value.data.text), "yours");
        const pods = await ask(
          "GET",
          "/api/v1/pods?fieldSelector=spec.nodeName%3Dn2",
        );
        assert.deepEqual(
          pods.value.items.map(({ metadata }: Any) => metadata.name),
          ["yours"],
        );
      };
      await t.step("by the link's identity", async (t) => {
        const made = await overLink("POST", "/api/v1/nodes", {
          metadata: { name: "n2" },
        });
        assert.equal(made.status, 201, JSON.stringify(made.value));
        await rig.create(pod("yours", "n2"));
        await own(overLink);
        await tries(t, overLink);
      });
      await t.step("by a node's certificate", async (t) => {
        const pki = join(dir, "server/pki");
        const { certificate: cert, privateKey: key } = issueCertificate(host, {
          authority: {
            certificate: await Deno.readTextFile(join(pki, "ca.crt")),
            privateKey: await Deno.readTextFile(join(pki, "ca.key")),
          },
          request: {
            commonName: "system:node:n2",
            organizations: ["system:nodes"],
            usage: "client",
          },
        });
        using client = Deno.createHttpClient({ caCerts: [ca], cert, key });
        const ask = over(url, { client });
        await own(ask);
        await tries(t, ask);
      });
      await t.step("by a join token", async (t) => {
        using client = Deno.createHttpClient({ caCerts: [ca] });
        const [token = ""] = joinToken.split("@");
        const ask = over(url, { client, token });
        const me = await ask(
          "POST",
          "/apis/authentication.k8s.io/v1/selfsubjectreviews",
          {},
        );
        assert.match(
          me.value.status?.userInfo.username ?? "",
          /^system:bootstrap:/,
        );
        await tries(t, ask);
      });
    } finally {
      stop.abort();
      await running;
    }
    await rig.call("DELETE", `${DEFAULT}/pods/yours?gracePeriodSeconds=0`);
  },
});

function init(method: string, body: unknown): RequestInit {
  return {
    method,
    headers: {
      "content-type": method === "PATCH"
        ? "application/merge-patch+json"
        : "application/json",
    },
    ...body === undefined ? {} : { body: JSON.stringify(body) },
  };
}

/** Asks by HTTP. */
function over(
  url: string,
  { client, token }: { client: Deno.HttpClient; token?: string },
): Ask {
  return async (method, path, body) => {
    const request = init(method, body);
    const answer = await fetch(url + path, {
      ...request,
      headers: {
        ...request.headers as Record<string, string>,
        ...token && { authorization: `Bearer ${token}` },
      },
      client,
    });
    return { status: answer.status, value: await answer.json() };
  };
}
