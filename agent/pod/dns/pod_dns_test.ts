import assert from "node:assert/strict";
import type { Pod } from "../../../src/api/core/pod.ts";
import type { PodSpec } from "../../../src/api/core/pod_spec.ts";
import { VirtualHost } from "../../../src/testing/virtual_host.ts";
import { DEFAULT_NODE_DNS, type NodeDns, podDns } from "./pod_dns.ts";
import { parseResolvConf, resolvConf } from "./resolv_conf.ts";

const NODE_FILE = `# the node's
nameserver 192.0.2.53
search old.example
search corp.example. .
options edns0 ndots:1
options ndots:2
`;
const WITH_DNS = { ...DEFAULT_NODE_DNS, clusterDns: ["10.43.0.10"] };

async function dnsOf(
  spec: Partial<PodSpec>,
  node: NodeDns = WITH_DNS,
  files: Record<string, string> = { "/etc/resolv.conf": NODE_FILE },
) {
  const host = new VirtualHost();
  for (const [path, text] of Object.entries(files)) {
    await host.disk.writeAtomic(path, text);
  }
  const pod: Pod = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "web", namespace: "shop", uid: "u1" },
    spec: { containers: [], dnsPolicy: "ClusterFirst", ...spec },
  };
  const { dns, warnings } = await podDns(host, pod, node);
  return {
    text: resolvConf(dns),
    warnings: warnings.map(({ reason, message }) => `${reason} ${message}`),
  };
}

Deno.test("parseResolvConf() adds servers up, takes the last search line and the last option of a name", () => {
  assert.deepEqual(parseResolvConf(NODE_FILE), {
    servers: ["192.0.2.53"],
    searches: ["corp.example"],
    options: ["edns0", "ndots:2"],
  });
  assert.throws(
    () => parseResolvConf("nameserver"),
    /nameserver list is empty/,
  );
});

Deno.test("podDns() of ClusterFirst is the cluster's server, and its domains before the node's", async () => {
  assert.deepEqual(await dnsOf({}), {
    text:
      "search shop.svc.cluster.local svc.cluster.local cluster.local corp.example\nnameserver 10.43.0.10\noptions ndots:5\n",
    warnings: [],
  });
});

Deno.test("podDns() of ClusterFirst without a cluster DNS is the node's, and says so", async () => {
  const { text, warnings } = await dnsOf({}, DEFAULT_NODE_DNS);
  assert.equal(
    text,
    "search corp.example\nnameserver 192.0.2.53\noptions edns0 ndots:2\n",
  );
  assert.deepEqual(warnings, [
    'MissingClusterDNS pod: "web_shop(u1)". kubelet does not have ClusterDNS IP configured and cannot create Pod using "ClusterFirst" policy. Falling back to "Default" policy.',
  ]);
});

Deno.test("podDns() on the node's network is the node's, unless the pod wants the cluster's all the same", async () => {
  const node =
    "search corp.example\nnameserver 192.0.2.53\noptions edns0 ndots:2\n";
  const onNode = { hostNetwork: true };
  assert.deepEqual(await dnsOf(onNode), { text: node, warnings: [] });
  assert.deepEqual(await dnsOf({ dnsPolicy: "Default" }), {
    text: node,
    warnings: [],
  });
  const { text } = await dnsOf({
    ...onNode,
    dnsPolicy: "ClusterFirstWithHostNet",
  });
  assert.match(text, /nameserver 10\.43\.0\.10\n/);
});

Deno.test("podDns() of None is what the pod says and no more", async () => {
  const { text } = await dnsOf({
    dnsPolicy: "None",
    dnsConfig: {
      nameservers: ["192.0.2.1", "192.0.2.1"],
      searches: ["a.example"],
      options: [{ name: "edns0" }, { name: "ndots", value: "3" }],
    },
  });
  assert.equal(
    text,
    "search a.example\nnameserver 192.0.2.1\noptions edns0 ndots:3\n",
  );
});

Deno.test("podDns() merges what the pod says into the rest; its options win", async () => {
  const { text } = await dnsOf({
    dnsConfig: {
      nameservers: ["192.0.2.9"],
      searches: ["corp.example", "b.example"],
      options: [{ name: "ndots", value: "1" }, { name: "timeout", value: "2" }],
    },
  });
  assert.equal(
    text,
    "search shop.svc.cluster.local svc.cluster.local cluster.local corp.example b.example\nnameserver 10.43.0.10\nnameserver 192.0.2.9\noptions ndots:1 timeout:2\n",
  );
});

Deno.test("podDns() leaves out what resolvers cannot take, and says so", async () => {
  const many = await dnsOf({
    dnsPolicy: "None",
    dnsConfig: {
      nameservers: ["192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.4"],
      searches: Array.from({ length: 33 }, (_, n) => `s${n}`),
    },
  });
  assert.equal(many.text.match(/nameserver/g)!.length, 3);
  assert.match(many.text, /^search s0 .* s31\n/);
  assert.deepEqual(many.warnings.map((text) => text.slice(0, 48)), [
    "DNSConfigForming Nameserver limits were exceeded",
    "DNSConfigForming Search Line limits were exceede",
  ]);
  const long = await dnsOf({
    dnsPolicy: "None",
    dnsConfig: {
      searches: [
        "x".repeat(254),
        ...Array.from({ length: 10 }, () => "y".repeat(250)).map((text, n) =>
          `${n}${text}`
        ),
      ],
    },
  });
  assert.equal(long.text.split(" ").length, 1 + 8);
  assert.doesNotMatch(long.text, /xxx/);
});

Deno.test("podDns() without a file of the node asks the pod's own machine", async () => {
  const { text } = await dnsOf({ dnsPolicy: "Default" }, {
    ...WITH_DNS,
    resolvConf: "",
  });
  assert.equal(text, "search .\nnameserver 127.0.0.1\n");
});

Deno.test("podDns() takes the servers behind a resolver that only the machine itself can reach", async () => {
  const own = "nameserver 127.0.0.53\noptions edns0\n";
  const behind = "nameserver 192.0.2.7\nsearch corp.example\n";
  const [path, behindPath] = [
    "/etc/resolv.conf",
    "/run/systemd/resolve/resolv.conf",
  ];
  const policy = { dnsPolicy: "Default" as const };
  const both = await dnsOf(policy, WITH_DNS, {
    [path]: own,
    [behindPath]: behind,
  });
  assert.equal(both.text, "search corp.example\nnameserver 192.0.2.7\n");
  const alone = await dnsOf(policy, WITH_DNS, { [path]: own });
  assert.equal(alone.text, own);
  assert.equal((await dnsOf(policy, WITH_DNS, {})).text, "");
});
