import assert from "node:assert/strict";
import { nodeAddress } from "./addresses.ts";

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
