import assert from "node:assert/strict";
import type { Pod } from "../../../src/api/core/pod.ts";
import { normalName, SysctlAdmission, type SysctlOptions } from "./sysctls.ts";

const KERNEL = { kernelVersion: "6.1.0-18-amd64" };

function refusal(
  names: string[],
  options: Partial<SysctlOptions> & { spec?: Partial<Pod["spec"]> } = {},
): string {
  const { spec = {}, ...rest } = options;
  const result = new SysctlAdmission({ ...KERNEL, ...rest }).admit({
    metadata: { name: "web" },
    spec: {
      containers: [],
      ...spec,
      securityContext: { sysctls: names.map((name) => ({ name, value: "1" })) },
    },
  } as Pod);
  return result.admitted ? "admitted" : `${result.reason}: ${result.message}`;
}

Deno.test("admit() allows the safe sysctls of this kernel only", () => {
  assert.equal(
    refusal(["net.ipv4.tcp_syncookies", "kernel.shm_rmid_forced"]),
    "admitted",
  );
  assert.equal(
    refusal(["kernel.msgmax"]),
    'SysctlForbidden: forbidden sysctl: "kernel.msgmax" not allowlisted',
  );
  assert.equal(
    refusal(["net.ipv4.tcp_rmem"], { kernelVersion: "4.14.2" }),
    'SysctlForbidden: forbidden sysctl: "net.ipv4.tcp_rmem" not allowlisted',
  );
});

Deno.test("admit() allows what the node's flags allow, by name and by beginning", () => {
  const allowedUnsafe = ["kernel.msg*", "net.core.somaxconn"];
  assert.equal(
    refusal(["kernel.msgmax", "net/core/somaxconn"], { allowedUnsafe }),
    "admitted",
  );
  assert.equal(
    refusal(["net.core.rmem_max"], { allowedUnsafe }),
    'SysctlForbidden: forbidden sysctl: "net.core.rmem_max" not allowlisted',
  );
});

Deno.test("admit() refuses a parameter of a namespace that the pod shares with the machine", () => {
  assert.equal(
    refusal(["net.ipv4.tcp_syncookies"], { spec: { hostNetwork: true } }),
    'SysctlForbidden: forbidden sysctl: "net.ipv4.tcp_syncookies" not allowed with host Net enabled',
  );
  assert.equal(
    refusal(["kernel.shm_rmid_forced"], { spec: { hostIPC: true } }),
    'SysctlForbidden: forbidden sysctl: "kernel.shm_rmid_forced" not allowed with host IPC enabled',
  );
});

Deno.test("SysctlAdmission throws for parameters of the whole machine and for nonsense", () => {
  for (const name of ["vm.swappiness", "Net.x", "net. x"]) {
    assert.throws(
      () => new SysctlAdmission({ ...KERNEL, allowedUnsafe: [name] }),
      /Can not allow the sysctl/,
    );
  }
});

Deno.test("normalName() swaps dots and slashes when a slash comes first", () => {
  assert.equal(
    normalName("net/ipv4/conf/eno2.100/rp_filter"),
    "net.ipv4.conf.eno2/100.rp_filter",
  );
  assert.equal(
    normalName("net.ipv4.conf.eno2/100.rp_filter"),
    "net.ipv4.conf.eno2/100.rp_filter",
  );
});
