import assert from "node:assert/strict";
import { CliFailure } from "../cli/failure.ts";
import { dnsOptions } from "./dns_flags.ts";

Deno.test("dnsOptions() takes addresses of either family and nothing else", () => {
  assert.deepEqual(dnsOptions({ clusterDns: "10.43.0.10, fd00::a" }), {
    clusterDns: ["10.43.0.10", "fd00::a"],
    clusterDomain: "cluster.local",
    resolvConf: "/etc/resolv.conf",
  });
  assert.deepEqual(dnsOptions({ clusterDomain: "", resolvConf: "" }), {
    clusterDns: [],
    clusterDomain: "",
    resolvConf: "",
  });
  for (const clusterDns of ["dns.example", "10.43.0", "10.43.0.256", "::g"]) {
    assert.throws(() => dnsOptions({ clusterDns }), CliFailure);
  }
});
