/**
 * A bare TLS server for comparison: the same front as ours with a constant answer behind it. Prints its port.
 *
 * @module
 */
import { makeRealHost } from "../../src/base/real_host.ts";

const [folder = "", bytes = "1024"] = Deno.args;
const host = makeRealHost({ logLevel: "error" });
const body = new Uint8Array(Number(bytes)).fill(120);
const server = await host.net.serve(
  () => new Response(body, { headers: { "content-type": "application/json" } }),
  {
    at: { hostname: "127.0.0.1", port: 0 },
    tls: {
      certificate: await host.disk.readText(`${folder}/server.crt`),
      privateKey: await host.disk.readText(`${folder}/server.key`),
    },
  },
);
console.log("port" in server.address ? server.address.port : 0);
