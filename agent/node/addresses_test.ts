import assert from "node:assert/strict";
import { Stopped } from "../../src/base/errors.ts";
import { VirtualHost } from "../../src/testing/virtual_host.ts";
import { globalAddress6, nodeAddress, NodeAddresses } from "./addresses.ts";

const TRIE = `Main:
  +-- 0.0.0.0/0 3 0 5
     |-- 0.0.0.0
        /0 universe UNICAST
Local:
  +-- 0.0.0.0/0 3 0 5
     |-- 10.42.0.1
        /32 host LOCAL
     |-- 127.0.0.1
        /32 host LOCAL
     |-- 192.0.2.17
        /32 host LOCAL
     |-- 192.0.2.255
        /32 link BROADCAST
`;
const HEADER =
  "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n";
const BRIDGE = "cni0\t00002A0A\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n";
const ETH = "eth0\t000200C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n";
const DEFAULT = "eth0\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\t0\t0\t0\n";

Deno.test("nodeAddress() is the default route's interface's when there is one", () => {
  assert.equal(
    nodeAddress({ routes: HEADER + BRIDGE + ETH + DEFAULT, trie: TRIE }),
    "192.0.2.17",
  );
});

Deno.test("nodeAddress() is another own address when there is no default route, and loopback when there is none", () => {
  assert.equal(nodeAddress({ routes: HEADER + ETH, trie: TRIE }), "192.0.2.17");
  assert.equal(nodeAddress({ routes: HEADER, trie: TRIE }), "10.42.0.1");
  assert.equal(nodeAddress({ routes: HEADER, trie: "" }), "127.0.0.1");
});

Deno.test("nodeAddress() is never that of the pods' own bridge, also while the line is down", () => {
  const pods = BRIDGE.replace("cni0", "wherry0");
  assert.equal(
    nodeAddress({ routes: HEADER + pods + ETH, trie: TRIE }),
    "192.0.2.17",
  );
  const alone = TRIE.replaceAll("192.0.2.", "10.42.0.");
  assert.equal(
    nodeAddress({ routes: HEADER + pods, trie: alone }),
    "127.0.0.1",
  );
});

Deno.test("NodeAddresses follows another address, keeps the old one while there is none, and looks at nothing when told", async () => {
  const host = new VirtualHost();
  const routes = (address: string) => {
    const [a = 0, b = 0, c = 0] = address.split(".").map(Number);
    const hex = [0, c, b, a].map((byte) =>
      byte.toString(16).padStart(2, "0").toUpperCase()
    ).join("");
    host.files.set(
      "/proc/net/route",
      `Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\n` +
        `eth0\t00000000\t01000000\t3\t0\t0\t0\t00000000\n` +
        `eth0\t${hex}\t00000000\t1\t0\t0\t0\t00FFFFFF\n`,
    );
    host.files.set(
      "/proc/net/fib_trie",
      `Local:\n  |-- ${address}\n    /32 host LOCAL\n`,
    );
  };
  routes("192.0.2.5");
  let changes = 0;
  const onChange = () => void changes++;
  const addresses = await NodeAddresses.open(host, { onChange });
  assert.deepEqual(addresses.all, ["192.0.2.5"]);
  const stop = new AbortController();
  host.spawn("addresses", () => addresses.run(stop.signal));
  routes("198.51.100.7");
  await host.advance(61_000);
  assert.deepEqual(addresses.all, ["198.51.100.7"]);
  host.files.delete("/proc/net/fib_trie");
  await addresses.look();
  assert.deepEqual(addresses.all, ["198.51.100.7"]);
  assert.equal(changes, 1);
  stop.abort(new Stopped("The test is over"));
  await host.settle();
  assert.equal(host.timers, 0);
  const told = await NodeAddresses.open(host, {
    fixed: ["203.0.113.1", "2001:db8::1"],
    onChange,
  });
  await told.run(new AbortController().signal);
  assert.deepEqual(told.all, ["203.0.113.1", "2001:db8::1"]);
});

Deno.test("globalAddress6() is the first global address, written short", () => {
  assert.equal(
    globalAddress6(
      "00000000000000000000000000000001 01 80 10 80 lo\n" +
        "fe80000000000000021122fffe334455 02 40 20 80 eth0\n" +
        "20010db8000000000000000000000042 02 40 00 80 eth0\n",
    ),
    "2001:db8::42",
  );
  assert.equal(globalAddress6(""), undefined);
});
