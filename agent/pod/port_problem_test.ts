import assert from "node:assert/strict";
import type { Pod } from "../../src/api/core/pod.ts";
import { portProblem } from "./port_problem.ts";

function pod(hostIP: string, spec: Partial<Pod["spec"]> = {}): Pod {
  const ports = [{ containerPort: 80, hostPort: 8080, hostIP }];
  return {
    metadata: { name: "web" },
    spec: { containers: [{ name: "web", image: "web", ports }], ...spec },
  };
}

Deno.test("portProblem() names a hostIP that is no address", () => {
  const canOpen = true;
  for (const ip of ["", "127.0.0.1", "::1", "fd00::1"]) {
    assert.equal(portProblem(pod(ip), { canOpen }), undefined, ip);
  }
  assert.equal(
    portProblem(pod("localhost"), { canOpen }),
    'Can not open port 8080 of the node: the hostIP "localhost" is not an IP address',
  );
  for (const ip of ["127.0.0.01", "1.2.3", "1.2.3.4; drop", "1.2.3.4/8"]) {
    assert.match(portProblem(pod(ip), { canOpen })!, /not an IP address/, ip);
  }
});

Deno.test("portProblem() names a port where none can be opened; pods in the node's network need none opened", () => {
  const canOpen = false;
  assert.match(portProblem(pod(""), { canOpen })!, /port 8080.*needs an agent/);
  assert.equal(
    portProblem(pod("x", { hostNetwork: true }), { canOpen }),
    undefined,
  );
});
