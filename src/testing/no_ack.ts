/**
 * Asks a TLS server of our own for an answer in two parts, for the test that no part of an answer waits for the client's acknowledgement.
 *
 * The test runs this program in a network namespace whose firewall drops every acknowledgement that carries no data. A server that holds
 * back a small segment until the one before is acknowledged (Nagle) then never sends it. Prints the answer.
 *
 * @module
 */
import { makeRealHost } from "../base/real_host.ts";
import { makePki } from "./pki.ts";

const pki = makePki();
using host = makeRealHost();
const next = Promise.withResolvers<void>();
await using _server = await host.net.serve(() =>
  new Response(
    new ReadableStream<Uint8Array>({
      async start(controller) {
        controller.enqueue(new TextEncoder().encode("first "));
        await next.promise; // the client has read the first part, so the second is a segment of its own
        controller.enqueue(new TextEncoder().encode("second "));
        await host.clock.sleep(20);
        controller.enqueue(new TextEncoder().encode("third"));
        controller.close();
      },
    }),
  ), { at: { hostname: "127.0.0.1", port: 10_443 }, tls: pki.tls });
const response = await host.net.fetch(
  new Request("https://127.0.0.1:10443/"),
  { ca: pki.authority.certificate },
);
const reader = response.body!.getReader();
const decoder = new TextDecoder();
let text = "";
while (true) {
  const { done, value } = await reader.read();
  if (done) break;
  text += decoder.decode(value);
  next.resolve();
}
console.log(text);
