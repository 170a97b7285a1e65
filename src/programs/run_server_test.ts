import assert from "node:assert/strict";
import { makeRealHost } from "../base/real_host.ts";
import type { CliContext } from "../cli/context.ts";
import { openServer } from "./run_server.ts";

Deno.test("openServer() refuses parts of the pods' network that it has not, before it does anything", async () => {
  using host = makeRealHost({ writeLog: () => {} });
  const context = {
    path: () => {
      throw new Error("It went on");
    },
  } as unknown as CliContext;
  for (const nodeCidrMaskSize of ["15", "31", "x"]) {
    await assert.rejects(
      openServer(host, context, {
        dataDir: "d",
        listen: "127.0.0.1:0",
        clusterCidr: "10.42.0.0/16",
        nodeCidrMaskSize,
      }),
      /--node-cidr-mask-size must be/,
    );
  }
  await assert.rejects(
    openServer(host, context, {
      dataDir: "d",
      listen: "127.0.0.1:0",
      clusterCidr: "10.42.0.0/16",
      nodeCidrMaskSize: "22",
    }),
    /It went on/,
  );
});
