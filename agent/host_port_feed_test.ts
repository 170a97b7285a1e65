import assert from "node:assert/strict";
import type { Container } from "../src/api/core/container.ts";
import { VirtualHost } from "../src/testing/virtual_host.ts";
import { HostPortFeed, rulesOf } from "./host_port_feed.ts";
import type { HostPortRule } from "./network/host_ports.ts";
import type { PodRecord } from "./pod/pod_record.ts";

type Ports = NonNullable<Container["ports"]>;

function record(
  ports: Ports,
  more: { hostNetwork?: boolean; ended?: boolean; ips?: string[] } = {},
): PodRecord {
  const { hostNetwork = false, ended = false, ips = ["10.42.0.5"] } = more;
  return {
    pod: {
      metadata: { name: "web" },
      spec: { hostNetwork, containers: [{ name: "app", ports }] },
    },
    sandbox: { ips },
    ended,
  } as unknown as PodRecord;
}

const WEB: Ports = [{ containerPort: 80, hostPort: 8080 }];
const RANGES = { podCidr: "10.42.0.0/24", serviceCidr: "10.43.0.0/16" };

Deno.test("rulesOf() has a rule for each port of the node, while the pod has an address", () => {
  assert.deepEqual(rulesOf(record(WEB)), [{
    hostPort: 8080,
    protocol: "TCP",
    podIP: "10.42.0.5",
    podPort: 80,
  }]);
  const one = rulesOf(
    record([
      { containerPort: 53, hostPort: 53, protocol: "UDP", hostIP: "192.0.2.1" },
      { containerPort: 53, hostPort: 53, hostIP: "2001:db8::1" },
      { containerPort: 90 },
    ]),
  );
  assert.deepEqual(one.map(({ hostIP, protocol }) => `${hostIP} ${protocol}`), [
    "192.0.2.1 UDP",
  ]);
  assert.deepEqual(rulesOf(record(WEB, { hostNetwork: true })), []);
  assert.deepEqual(rulesOf(record(WEB, { ended: true })), []);
  assert.deepEqual(rulesOf(record(WEB, { ips: [] })), []);
});

Deno.test("rulesOf() takes nothing for an address of the node that is none: rules are text, and the kernel's", () => {
  const injected =
    "192.0.2.1 drop\n    tcp dport 22 drop\n    ip daddr 192.0.2.1";
  for (const hostIP of [injected, "localhost", "192.0.2.1;", "$x", "1.2.3"]) {
    assert.deepEqual(rulesOf(record([{ ...WEB[0]!, hostIP }])), [], hostIP);
  }
  const at = (hostIP: string) =>
    rulesOf(record([{ ...WEB[0]!, hostIP }])).map((rule) => rule.hostIP);
  assert.deepEqual(at("0.0.0.0"), [undefined]);
  assert.deepEqual(at(""), [undefined]);
  assert.deepEqual(at("010.0.0.1"), ["10.0.0.1"]);
});

Deno.test("HostPortFeed tells nothing before it begins, and again what the kernel did not take", async () => {
  const host = new VirtualHost();
  const told: number[] = [];
  let refusals = 1;
  const records = [record(WEB)];
  using feed = new HostPortFeed(host, {
    ports: {
      apply: (rules: readonly HostPortRule[]) => {
        told.push(rules.length);
        return refusals-- > 0
          ? Promise.reject(new Error("Busy"))
          : Promise.resolve();
      },
    },
    records: () => records,
    ranges: () => RANGES,
  });
  feed.changed();
  await host.settle();
  assert.deepEqual(told, []);
  feed.begin();
  feed.changed();
  await host.settle();
  assert.deepEqual(told, [1]);
  await host.advance(1_000);
  assert.deepEqual(told, [1, 1]);
  records.pop();
  feed.changed();
  await host.settle();
  assert.deepEqual(told, [1, 1, 0]);
});
