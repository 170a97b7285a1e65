import assert from "node:assert/strict";
import { hostsFile } from "./hosts_file.ts";

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
