import assert from "node:assert/strict";
import type { CliContext } from "../cli/context.ts";
import { CliFailure, EXIT_USAGE } from "../cli/failure.ts";
import { VirtualHost } from "../testing/virtual_host.ts";
import { type AgentFlags, openAgent } from "./run_agent.ts";

Deno.test("openAgent() refuses flags that make no sense before anything starts, and names the flag", async () => {
  const refused: [Partial<AgentFlags>, RegExp][] = [
    [{ nodeIp: "192.0.2" }, /--node-ip must be an IP address/],
    [{ nodeIp: "192.0.2.1,192.0.2.2" }, /one of each family/],
    [{ nodeIp: "192.0.2.1,2001:db8::1,::1" }, /one of each family/],
    [{ nodeLabels: "a b=c" }, /Cannot read --node-labels "a b=c": name part/],
    [{ nodeLabels: "a=b c" }, /Cannot read --node-labels "a=b c": a valid/],
    [{ nodeLabels: "a" }, /--node-labels must be a=b,c=d/],
    [{ podCidr: "10.42.0.0/33" }, /--pod-cidr must be a range such as/],
    [{ podCidr: "10.42.0.1/24" }, /--pod-cidr .*multiple of its size/],
    [{ maxPods: -1 }, /--max-pods must not be negative/],
    [
      { serializeImagePulls: "false", maxParallelImagePulls: 0 },
      /--max-parallel-image-pulls must be at least 1, not 0/,
    ],
    [{ maxParallelImagePulls: 2 }, /needs --serialize-image-pulls false/],
    [{ server: "http://192.0.2.1" }, /--server must be an https URL/],
    [{ nodeName: "a_b" }, /"a_b" cannot be a node's name/],
  ];
  const context = { path: (path: string) => path } as CliContext;
  for (const [flags, expected] of refused) {
    const host = new VirtualHost();
    await assert.rejects(
      openAgent(host, context, { dataDir: "/d", nodeName: "n", ...flags }),
      (error) => {
        assert.ok(error instanceof CliFailure, String(error));
        assert.equal(error.exitCode, EXIT_USAGE);
        assert.match(error.message, expected);
        return true;
      },
    );
    assert.equal(host.files.size, 0);
  }
});
