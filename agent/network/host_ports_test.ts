import assert from "node:assert/strict";
import { type HostPortRule, hostPortRules, HostPorts } from "./host_ports.ts";

const RANGES = { podCidr: "10.42.0.0/24", serviceCidr: "10.43.0.0/16" };
const WEB: HostPortRule = {
  hostPort: 8080,
  protocol: "TCP",
  podIP: "10.42.0.5",
  podPort: 80,
};

Deno.test("hostPortRules() leads ports to pods, those of one address first", () => {
  const text = hostPortRules([
    WEB,
    { ...WEB, hostIP: "192.0.2.1", protocol: "UDP", podIP: "10.42.0.6" },
  ], RANGES);
  const [first, second] = text.split("\n")
    .filter((line) => line.includes("dnat to")).map((line) => line.trim());
  assert.equal(
    first,
    "ip daddr 192.0.2.1 udp dport 8080 dnat to 10.42.0.6:80",
  );
  assert.equal(second, "tcp dport 8080 dnat to 10.42.0.5:80");
});

Deno.test("hostPortRules() lets nobody on the bridge dial 127.0.0.0/8, and leaves services alone", () => {
  const text = hostPortRules([WEB], RANGES);
  assert.match(text, /iifname "wherry0" ip daddr 127\.0\.0\.0\/8 drop/);
  const entries = text.split("\n").filter((line) => line.includes("jump"));
  assert.equal(entries.length, 2);
  for (const entry of entries) {
    assert.match(entry, /ip daddr != 10\.43\.0\.0\/16/);
  }
});

Deno.test("apply() loads rules when they are others than before, and close() leaves none", async () => {
  const scripts: string[] = [];
  const processes = {
    run: (_path: string, options: { stdin?: string }) => {
      if (options.stdin !== undefined) scripts.push(options.stdin);
      return Promise.resolve({ code: 0, stdout: "", stderr: "" });
    },
  };
  // deno-lint-ignore no-explicit-any
  const ports = new HostPorts({ processes } as any, { nft: { path: "nft" } });
  await ports.apply([WEB], RANGES);
  await ports.apply([WEB], RANGES);
  assert.equal(scripts.length, 1);
  await ports.apply([], RANGES);
  assert.equal(scripts.length, 2);
  assert.ok(!scripts[1]!.includes("chain"));
  await ports.close();
  assert.equal(scripts.at(-1), scripts[1]);
});
