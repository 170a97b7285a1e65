import assert from "node:assert/strict";
import { hostsFile, nodeHostsFile } from "./hosts_file.ts";

Deno.test("hostsFile() names the pod and its aliases as kubelet does", () => {
  const lines = hostsFile({
    ips: ["10.42.0.7"],
    hostname: "web",
    aliases: [{ ip: "192.0.2.5", hostnames: ["db", "db.local"] }],
  }).split("\n");
  assert.equal(lines[0], "# Kubernetes-managed hosts file.");
  assert.ok(lines.includes("10.42.0.7\tweb"));
  assert.deepEqual(lines.slice(-4), [
    "",
    "# Entries added by HostAliases.",
    "192.0.2.5\tdb\tdb.local",
    "",
  ]);
});

Deno.test("hostsFile() ends after the pod's own line when there are no aliases", () => {
  const text = hostsFile({ ips: ["10.42.0.7"], hostname: "web", aliases: [] });
  assert.ok(text.endsWith("10.42.0.7\tweb\n"));
});

Deno.test("hostsFile() has the full name before the short one when the pod has a domain", () => {
  const text = hostsFile({
    ips: ["10.42.0.7"],
    hostname: "web",
    domain: "db.shop.svc.cluster.local",
    aliases: [],
  });
  assert.ok(text.endsWith("10.42.0.7\tweb.db.shop.svc.cluster.local\tweb\n"));
});

Deno.test("nodeHostsFile() is the node's file with the pod's aliases", () => {
  assert.equal(
    nodeHostsFile("127.0.0.1 localhost\n", [{
      ip: "192.0.2.5",
      hostnames: ["a"],
    }]),
    "# Kubernetes-managed hosts file (host network).\n127.0.0.1 localhost\n\n# Entries added by HostAliases.\n192.0.2.5\ta\n",
  );
});
