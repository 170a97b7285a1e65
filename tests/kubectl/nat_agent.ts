/**
 * A node's end of a link, run behind a NAT: connects, says so, and answers every stream with `hello`.
 *
 * Arguments: the server's URL, the time between keep-alives in milliseconds.
 */
import { encodeText } from "../../src/base/bytes.ts";
import { createMux } from "../../src/base/mux.ts";
import { makeRealHost } from "../../src/base/real_host.ts";

const [url = "", keepAliveMs = ""] = Deno.args;
const host = makeRealHost();
const socket = await host.net.openSocket(url, { insecureSkipVerify: true });
const link = createMux(host, socket, {
  role: "client",
  keepAliveMs: Number(keepAliveMs),
  async onStream(stream) {
    const writer = stream.writable.getWriter();
    await writer.write(encodeText("hello"));
    await writer.close();
  },
});
console.log("connected");
await link.closed;
