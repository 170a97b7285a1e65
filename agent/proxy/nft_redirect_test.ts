import { match, ok, strictEqual } from "node:assert/strict";
import { foundTools, testWith } from "../../src/testing/needs.ts";
import { handOverRulesOf, rulesOf } from "./nft_redirect.ts";
import type { ProxiedPort } from "./proxied_service.ts";

const web: ProxiedPort = {
  name: "default/web:http",
  addresses: ["10.43.0.7", "192.0.2.1"],
  port: 80,
  nodePort: 30080,
  policy: "round-robin",
  endpoints: [{ ip: "10.42.0.2", port: 8080 }],
};

Deno.test("rulesOf() maps every address and the node port to the listener", () => {
  const rules = rulesOf([{ spec: web, listenPort: 40001 }]);
  match(rules, /10\.43\.0\.7 \. 80 : 40001, 192\.0\.2\.1 \. 80 : 40001/);
  match(rules, /30080 : 40001/);
  match(rules, /set listeners .*40001/);
});

Deno.test("rulesOf() replaces the table as a whole", () => {
  const rules = rulesOf([]);
  ok(rules.startsWith("table ip wherry_proxy\ndelete table ip wherry_proxy\n"));
  strictEqual(rules.includes("elements"), false);
});

/** Somebody's service that says of addresses that they were its own. */
const greedy: ProxiedPort = {
  ...web,
  name: "other/greedy:http",
  addresses: ["10.43.0.8", "10.43.0.7", "192.0.2.1", "fd00::1"],
  nodePort: 30081,
};
const CONTESTED = [
  { spec: greedy, listenPort: 40002 },
  { spec: web, listenPort: 40001 },
];

Deno.test("rulesOf() and handOverRulesOf() have each address once, a service's own first, and none that the kernel would refuse", () => {
  const rules = rulesOf(CONTESTED);
  match(rules, /10\.43\.0\.7 \. 80 : 40001, 10\.43\.0\.8 \. 80 : 40002/);
  strictEqual(rules.match(/192\.0\.2\.1 \. 80/g)?.length, 1);
  const handed = handOverRulesOf(CONTESTED);
  strictEqual(handed.match(/ip daddr 10\.43\.0\.7 /g)?.length, 2); // from outside and from here
  for (const text of [rules, handed]) ok(!text.includes("fd00"));
});

const kernels: ProxiedPort = { ...web, policy: "kernel" };

Deno.test("rulesOf() takes connections to services of the kernel straight to their endpoints, and to no listener", () => {
  const rules = rulesOf([{ spec: kernels, listenPort: 40001 }, {
    spec: greedy,
    listenPort: 40002,
  }]);
  strictEqual(
    rules.match(/ip daddr 10\.43\.0\.7 tcp dport 80 dnat/g)?.length,
    2,
  );
  strictEqual(rules.match(/tcp dport 30080 dnat/g)?.length, 2);
  ok(!rules.includes(": 40001"));
  match(rules, /set listeners .*40001/); // nobody dials it directly
  match(rules, /10\.43\.0\.8 \. 80 : 40002/);
  match(rules, /ip daddr \{ 10\.42\.0\.2 \} masquerade/);
});

testWith("rulesOf() is understood by nft", {
  needs: ["root", "nft"],
  fn: async () => {
    const nft = foundTools().nft ?? "nft";
    const some = [{ spec: web, listenPort: 40001 }];
    const direct = [{ spec: kernels, listenPort: 40003 }];
    for (const ports of [[], some, CONTESTED, direct]) {
      const child = new Deno.Command(nft, {
        args: ["-c", "-f", "-"], // checks only
        stdin: "piped",
        stderr: "piped",
      }).spawn();
      const writer = child.stdin.getWriter();
      await writer.write(new TextEncoder().encode(rulesOf(ports)));
      await writer.close();
      const { code, stderr } = await child.output();
      strictEqual(code, 0, new TextDecoder().decode(stderr));
    }
  },
});
