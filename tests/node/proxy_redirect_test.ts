/** The nftables redirect with the real kernel, in the network namespace that the test runner made for this file. */
import { match, notStrictEqual, strictEqual } from "node:assert/strict";
import {
  NftRedirect,
  type ProxiedPort,
  ServiceProxy,
} from "../../agent/proxy/mod.ts";
import type { Host } from "../../src/base/host.ts";
import { makeRealHost } from "../../src/base/real_host.ts";
import { foundTools, testWith } from "../../src/testing/needs.ts";

const VIP = "10.43.0.7";
const PEER = "wherry-peer";

function service(
  endpoints: ProxiedPort["endpoints"],
): ProxiedPort {
  return {
    name: "default/web:http",
    addresses: [VIP],
    port: 80,
    nodePort: 30080,
    policy: "round-robin",
    endpoints,
  };
}

async function sh(host: Host, script: string): Promise<string> {
  const { code, stdout, stderr } = await host.processes.run("bash", {
    args: ["-c", script],
    timeoutMs: 10_000,
  });
  if (code !== 0) throw new Error(`${script}: ${code} ${stderr}`);
  return stdout;
}

/** Answers each connection with a text. */
async function greeter(host: Host, text: string, hostname = "127.64.9.1") {
  const listener = await host.net.listen({ hostname, port: 0 });
  const serving = (async () => {
    for (;;) {
      const { stream } = await listener.accept();
      await stream.write(new TextEncoder().encode(text));
      await stream.closeWrite();
      stream.close();
    }
  })().catch(() => {});
  return {
    endpoint: {
      ip: hostname,
      port: (listener.address as { port: number }).port,
    },
    async stop() {
      listener.close();
      await serving;
    },
  };
}

testWith(
  "NftRedirect takes VIPs and node ports to the proxy, from the node and from its pods",
  {
    needs: ["root", "nft"],
    fn: async () => {
      using host = makeRealHost({ logLevel: "error" });
      const nft = { path: foundTools().nft ?? "nft" };
      const before = await sh(host, "ip route show table local");
      const server = await greeter(host, "hello");
      await sh(
        host,
        `ip netns add ${PEER} && ip link add veth0 type veth peer name eth0 netns ${PEER} &&
       ip addr add 10.42.0.1/24 dev veth0 && ip link set veth0 up &&
       ip -n ${PEER} addr add 10.42.0.2/24 dev eth0 && ip -n ${PEER} link set eth0 up &&
       ip -n ${PEER} route add default via 10.42.0.1`,
      );
      try {
        const redirect = await NftRedirect.open(host, {
          nft,
          serviceCidr: "10.43.0.0/16",
        });
        const proxy = new ServiceProxy(host, redirect);
        await proxy.sync([service([server.endpoint])]);
        const dial = (address: string, port: number) =>
          `exec 3<>/dev/tcp/${address}/${port} && cat <&3`;
        const inPeer = (script: string) =>
          `ip netns exec ${PEER} bash -c '${script}'`;
        strictEqual(await sh(host, dial(VIP, 80)), "hello");
        strictEqual(await sh(host, inPeer(dial(VIP, 80))), "hello");
        strictEqual(await sh(host, dial("127.0.0.1", 30080)), "hello");
        strictEqual(await sh(host, inPeer(dial("10.42.0.1", 30080))), "hello");

        const state = proxy.state() as { ports: { listenPort: number }[] };
        const direct = dial("10.42.0.1", state.ports[0]!.listenPort);
        const { code } = await host.processes.run("bash", {
          args: ["-c", inPeer(`timeout 1 bash -c "${direct}"`)],
        });
        notStrictEqual(code, 0, "the listener itself must not be reachable");

        await proxy.sync([service([])]);
        for (const script of [dial(VIP, 80), inPeer(dial(VIP, 80))]) {
          const refused = await host.processes.run("bash", {
            args: ["-c", script],
            timeoutMs: 5_000,
          });
          match(refused.stderr, /refused/i);
        }
        await proxy[Symbol.asyncDispose]();
      } finally {
        await sh(host, `ip link del veth0; ip netns del ${PEER}`);
        await server.stop();
      }
      strictEqual(await sh(host, "ip route show table local"), before);
      strictEqual(await sh(host, `${nft.path} list ruleset`), "");
    },
  },
);
